using System.Security.Cryptography;
using System.Text;
using HomeBridge.Hosting.Pages;

namespace HomeBridge.Residents.Pages;

/// <summary>The style sheet of residents' pages.</summary>
internal static class AccountAssets
{
    private const string StylePath = "/assets/account.css";

    private static readonly string Style = Read();

    /// <summary>What every page has in its head.</summary>
    public static Html Head { get; } =
        Html.Of($"<link rel=\"stylesheet\" href=\"{StylePath}?v={Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Style)).AsSpan(0, 6))}\">");

    public static void MapAccountAssets(this IEndpointRouteBuilder endpoints) => endpoints.MapGet(StylePath, (HttpContext context) =>
    {
        context.Response.Headers.CacheControl = "public, max-age=86400";
        context.Response.Headers.XContentTypeOptions = "nosniff";
        return Results.Text(Style, "text/css");
    });

    private static string Read()
    {
        using var reader = new StreamReader(typeof(AccountAssets).Assembly.GetManifestResourceStream("HomeBridge.Residents.Pages.account.css")!);
        return reader.ReadToEnd();
    }
}
