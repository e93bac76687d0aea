using System.Globalization;
using HomeBridge.Streaming.Evidence;

namespace HomeBridge.Streaming.Events;

/// <summary>
/// The one profile of RFC 9421 for a device cloud's events (<c>contracts/device-cloud-events.md</c>): covered components
/// and the exact spelling of their parameters. Signer and verifier both build from here.
/// </summary>
internal static class EventProfile
{
    public const string Label = "events";
    public const string Method = "POST";
    public const string ContentType = "application/json";

    public static string Parameters(long created, string keyId, string nonce) => string.Create(
        CultureInfo.InvariantCulture,
        $"(\"@method\" \"@target-uri\" \"content-type\" \"content-digest\");created={created};keyid=\"{keyId}\";alg=\"ecdsa-p256-sha256\";nonce=\"{nonce}\";tag=\"homebridge-events\"");

    public static byte[] Base(string targetUri, string contentDigest, string parameters) => SignatureBase.Build(
        [
            ("\"@method\"", Method),
            ("\"@target-uri\"", targetUri),
            ("\"content-type\"", ContentType),
            ("\"content-digest\"", contentDigest),
        ],
        parameters);
}
