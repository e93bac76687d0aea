using System.Globalization;

namespace HomeBridge.Streaming.Evidence;

/// <summary>
/// The one profile of RFC 9421 that this bridge speaks (<c>contracts/media-evidence.md</c>): names, covered components
/// and the exact spelling of their parameters. Signer and verifier both build from here.
/// </summary>
internal static class EvidenceProfile
{
    public const string MediaUnitComponent = "\"media-unit\"";
    public const string ContentDigestComponent = "\"content-digest\"";
    public const string StatusComponent = "\"@status\"";
    public const string IngestSignatureComponent = "\"signature\";key=\"ingest\"";

    public static string IngestParameters(long created, string keyId) => string.Create(
        CultureInfo.InvariantCulture,
        $"({MediaUnitComponent} {ContentDigestComponent});created={created};keyid=\"{keyId}\";alg=\"hmac-sha256\";tag=\"homebridge-ingest\"");

    public static string FreshParameters(long created, string keyId, string nonce) => string.Create(
        CultureInfo.InvariantCulture,
        $"({StatusComponent} {MediaUnitComponent} {ContentDigestComponent} {IngestSignatureComponent});created={created};keyid=\"{keyId}\";alg=\"hmac-sha256\";nonce=\"{nonce}\";tag=\"homebridge-fresh\"");

    public static byte[] IngestBase(string mediaUnit, string contentDigest, string parameters) => SignatureBase.Build(
        [(MediaUnitComponent, mediaUnit), (ContentDigestComponent, contentDigest)], parameters);

    public static byte[] FreshBase(
        int status, string mediaUnit, string contentDigest, string ingestSignature, string parameters) =>
        SignatureBase.Build(
            [
                (StatusComponent, status.ToString(CultureInfo.InvariantCulture)),
                (MediaUnitComponent, mediaUnit),
                (ContentDigestComponent, contentDigest),
                (IngestSignatureComponent, ingestSignature),
            ],
            parameters);
}
