using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using HomeBridge.Streaming.Suspensions;

namespace HomeBridge.Streaming.Feed;

/// <summary>
/// A snapshot on the wire: the text that was signed, and its signature. The text is kept as it is, so nobody has to agree on
/// how JSON is written.
/// </summary>
/// <param name="Body">JSON of a <see cref="SnapshotBody"/>.</param>
/// <param name="Signature">ES256 over <see cref="SnapshotSigner.Prefix"/> and the body, 64 bytes in base64.</param>
public sealed record SignedSnapshot(string Body, string Signature);

/// <summary>What is signed.</summary>
/// <param name="Epoch">The numbering: grows only when two people take a new one.</param>
/// <param name="Version">Grows with each change within an epoch.</param>
/// <param name="InForce">Every suspension in force.</param>
public sealed record SnapshotBody(long Epoch, long Version, SuspensionInForce[] InForce);

/// <summary>Signs snapshots. Only the bridge has one: whoever stands between it and a gateway can withhold, not invent or lift.</summary>
public sealed class SnapshotSigner : IDisposable
{
    /// <summary>Stands before the body: a signature of this key is never one over something else.</summary>
    public const string Prefix = "homebridge-snapshot-v1\n";

    private readonly ECDsa _key;
    private readonly Lock _signing = new();

    /// <summary>Takes an ECDSA P-256 private key in PEM form.</summary>
    /// <exception cref="ArgumentException">Not a P-256 private key.</exception>
    public SnapshotSigner(string privateKeyPem)
    {
        _key = ECDsa.Create();
        try
        {
            _key.ImportFromPem(privateKeyPem);
            if (_key.KeySize != 256)
            {
                throw new ArgumentException("The snapshot key must be an ECDSA P-256 key.", nameof(privateKeyPem));
            }

            // Fails for a public key: exporting the private part is the only test the framework has.
            _ = _key.ExportECPrivateKey();
        }
        catch (CryptographicException wrong)
        {
            _key.Dispose();
            throw new ArgumentException("The snapshot key must be an ECDSA P-256 private key in PEM form.", nameof(privateKeyPem), wrong);
        }
    }

    private SnapshotSigner(ECDsa key) => _key = key;

    /// <summary>What gateways pin, in PEM form.</summary>
    public string PublicKeyPem => _key.ExportSubjectPublicKeyInfoPem();

    /// <summary>A key for a process that tells nobody else.</summary>
    public static SnapshotSigner New() => new(ECDsa.Create(ECCurve.NamedCurves.nistP256));

    /// <summary>Signs what is in force.</summary>
    public SignedSnapshot Sign(NumberedSnapshot numbered)
    {
        ArgumentNullException.ThrowIfNull(numbered);
        var body = JsonSerializer.Serialize(
            new SnapshotBody(numbered.Epoch, numbered.Snapshot.Version, [.. numbered.Snapshot.InForce]), GatewayJson.Default.SnapshotBody);
        lock (_signing)
        {
            return new SignedSnapshot(body, Convert.ToBase64String(_key.SignData(Encoding.UTF8.GetBytes(Prefix + body), HashAlgorithmName.SHA256)));
        }
    }

    /// <inheritdoc />
    public void Dispose() => _key.Dispose();
}

/// <summary>Checks snapshots with the keys that this gateway pins. Two while a key is replaced.</summary>
public sealed class SnapshotVerifier : IDisposable
{
    /// <summary>Characters of a body: ten thousand suspensions with every member filled are a third of it.</summary>
    public const int BodyLengthMax = 16 * 1024 * 1024;

    private readonly List<ECDsa> _keys = [];
    private readonly Lock _checking = new();

    /// <summary>Takes P-256 public keys in PEM form, one after another.</summary>
    /// <exception cref="ArgumentException">There is none, or something else.</exception>
    public SnapshotVerifier(string publicKeysPem)
    {
        ArgumentNullException.ThrowIfNull(publicKeysPem);
        try
        {
            for (var rest = publicKeysPem.AsSpan(); PemEncoding.TryFind(rest, out var found);)
            {
                var key = ECDsa.Create();
                _keys.Add(key);
                key.ImportFromPem(rest[found.Location]);
                if (key.KeySize != 256)
                {
                    throw new CryptographicException("not P-256");
                }

                rest = rest[found.Location.End..];
            }
        }
        catch (Exception wrong) when (wrong is CryptographicException or ArgumentException)
        {
            Dispose();
            throw new ArgumentException("Every snapshot key must be an ECDSA P-256 public key in PEM form.", nameof(publicKeysPem), wrong);
        }

        if (_keys.Count == 0)
        {
            throw new ArgumentException("There must be an ECDSA P-256 public key in PEM form.", nameof(publicKeysPem));
        }
    }

    /// <summary>What was signed; null when no pinned key signed it or it makes no sense.</summary>
    public NumberedSnapshot? Open(SignedSnapshot told)
    {
        ArgumentNullException.ThrowIfNull(told);
        Span<byte> signature = stackalloc byte[64];
        if (told.Body is not { Length: <= BodyLengthMax } body
            || told.Signature is not { } text
            || !Convert.TryFromBase64String(text, signature, out var length)
            || length != signature.Length
            || !IsSigned(Encoding.UTF8.GetBytes(SnapshotSigner.Prefix + body), signature))
        {
            return null;
        }

        try
        {
            return JsonSerializer.Deserialize(body, GatewayJson.Default.SnapshotBody) is { Version: >= 0, Epoch: > 0, InForce: not null } read
                && read.InForce.All(entry => entry is { Id: not null, Scope: not null })
                ? new NumberedSnapshot(read.Epoch, new SuspensionSnapshot(read.Version, [.. read.InForce]))
                : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <inheritdoc />
    public void Dispose()
    {
        foreach (var key in _keys)
        {
            key.Dispose();
        }
    }

    private bool IsSigned(byte[] signed, ReadOnlySpan<byte> signature)
    {
        lock (_checking)
        {
            foreach (var key in _keys)
            {
                if (key.VerifyData(signed, signature, HashAlgorithmName.SHA256))
                {
                    return true;
                }
            }

            return false;
        }
    }
}
