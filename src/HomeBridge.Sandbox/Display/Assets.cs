using System.Collections.Frozen;
using System.Security.Cryptography;

namespace HomeBridge.Sandbox.Display;

/// <summary>The page, its style and its scripts, read from the assembly once. They are the same for everybody.</summary>
internal static class Assets
{
    private const string Prefix = "HomeBridge.Sandbox.Display.assets.";

    private static readonly FrozenDictionary<string, string> ContentTypes = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        [".html"] = "text/html; charset=utf-8",
        [".css"] = "text/css; charset=utf-8",
        [".js"] = "text/javascript; charset=utf-8",
        [".svg"] = "image/svg+xml",
    }.ToFrozenDictionary(StringComparer.Ordinal);

    public static void MapAssets(this IEndpointRouteBuilder endpoints)
    {
        var assembly = typeof(Assets).Assembly;
        foreach (var resource in assembly.GetManifestResourceNames())
        {
            if (!resource.StartsWith(Prefix, StringComparison.Ordinal))
            {
                continue;
            }

            using var stream = assembly.GetManifestResourceStream(resource)!;
            var bytes = new byte[stream.Length];
            stream.ReadExactly(bytes);
            var name = resource[Prefix.Length..];
            var asset = new Asset(bytes, ContentTypes[Path.GetExtension(name)]);
            endpoints.MapGet(Path.GetExtension(name) == ".html" ? PageOf(name) : $"/assets/{name}", asset.Answer);
        }
    }

    private static string PageOf(string name) => name == "index.html" ? "/" : "/" + Path.GetFileNameWithoutExtension(name);

    /// <summary>Kept by browsers, but never used without asking whether it is still the one.</summary>
    private sealed class Asset(byte[] bytes, string contentType)
    {
        private readonly string _tag = $"\"{Convert.ToHexStringLower(SHA256.HashData(bytes).AsSpan(0, 12))}\"";

        public IResult Answer(HttpContext context)
        {
            context.Response.Headers.CacheControl = "no-cache";
            context.Response.Headers.ETag = _tag;
            return context.Request.Headers.IfNoneMatch == _tag
                ? Results.StatusCode(StatusCodes.Status304NotModified)
                : Results.Bytes(bytes, contentType);
        }
    }
}
