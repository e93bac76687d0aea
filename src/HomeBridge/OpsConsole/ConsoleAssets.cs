using System.Security.Cryptography;
using System.Text;
using HomeBridge.Hosting.Pages;

namespace HomeBridge.OpsConsole;

/// <summary>
/// The console's own style sheet and script. They hold nothing of anybody, and their names change with their content.
/// </summary>
internal static class ConsoleAssets
{
    private const string StylePath = "/assets/console.css";
    private const string ScriptPath = "/assets/console.js";

    private static readonly string Style = Read("console.css");
    private static readonly string Script = Read("console.js");

    /// <summary>What every page has in its head.</summary>
    public static Html Head { get; } = Html.Of($"""
        <link rel="stylesheet" href="{StylePath}?v={Version(Style)}">
        <script src="{ScriptPath}?v={Version(Script)}" defer></script>
        """);

    public static void MapConsoleAssets(this IEndpointRouteBuilder endpoints)
    {
        Map(endpoints, StylePath, Style, "text/css");
        Map(endpoints, ScriptPath, Script, "text/javascript");
    }

    private static void Map(IEndpointRouteBuilder endpoints, string path, string text, string type) => endpoints.MapGet(path, (HttpContext context) =>
    {
        context.Response.Headers.CacheControl = "public, max-age=86400";
        context.Response.Headers.XContentTypeOptions = "nosniff";
        return Results.Text(text, type);
    });

    private static string Read(string name)
    {
        using var reader = new StreamReader(typeof(ConsoleAssets).Assembly.GetManifestResourceStream($"HomeBridge.OpsConsole.{name}")!);
        return reader.ReadToEnd();
    }

    private static string Version(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)).AsSpan(0, 6));
}
