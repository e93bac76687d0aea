using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using HomeBridge.Hosting;

namespace HomeBridge.Audit;

/// <summary>Section <c>Audit</c>: where signed heads of the trail go. Nothing is signed without it.</summary>
/// <param name="Path">A file that is only appended to; best on another machine's disk.</param>
/// <param name="KeyPem">ECDSA P-256 private key in PEM form.</param>
internal sealed record AuditHeadsOptions(string? Path, string KeyPem)
{
    public static AuditHeadsOptions Read(ConfigurationReader read)
    {
        var path = read.OptionalText("Audit:HeadsFile");
        if (path is null)
        {
            return new AuditHeadsOptions(null, "");
        }

        const string example = "the output of: openssl ecparam -name prime256v1 -genkey -noout";
        var pem = read.SecretText("Audit:HeadsKey", example);
        try
        {
            using var key = ECDsa.Create();
            key.ImportFromPem(pem);
            if (key.KeySize != 256)
            {
                read.Problem("Audit:HeadsKey", "is not a key on the curve P-256.", example);
            }
        }
        catch (Exception unusable) when (unusable is ArgumentException or CryptographicException)
        {
            if (pem.Length > 0)
            {
                read.Problem("Audit:HeadsKey", "is not a private key in PEM form.", example);
            }
        }

        return new AuditHeadsOptions(path, pem);
    }

    public override string ToString() => $"heads of the trail in {Path}";
}

/// <summary>One line of the file of heads: how long the trail was and what its last hash was, at a time.</summary>
/// <param name="Seq">The newest row; 0 while there was none.</param>
/// <param name="Hash">Its hash; empty while there was none.</param>
/// <param name="At">RFC 3339, UTC.</param>
/// <param name="Previous">The signature of the line before; empty in the first.</param>
/// <param name="Signature">ES256 over all of the above, base64.</param>
internal sealed record AuditHead(long Seq, string Hash, string At, string Previous, string Signature);

/// <summary>What the file of heads says.</summary>
/// <param name="Signed">Hash by row, as it was signed.</param>
/// <param name="Lines">Lines that are right, from the first on.</param>
/// <param name="Last">The newest line that is right.</param>
/// <param name="Problem">The first thing wrong with the file; null when nothing is.</param>
internal sealed record AuditHeadsFound(IReadOnlyDictionary<long, string> Signed, int Lines, AuditHead? Last, string? Problem);

/// <summary>
/// Heads of the trail, signed and kept elsewhere. Who owns a database can compute all its hashes anew; he has neither the
/// key nor the file. Each line carries the signature of the one before, so none can be taken out of the middle.
/// </summary>
internal sealed class AuditHeads : IDisposable
{
    /// <summary>Far above an hourly line for a hundred years.</summary>
    private const long FileBytesMax = 512L * 1024 * 1024;

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    private readonly AuditTrail _audit;
    private readonly TimeProvider _time;
    private readonly string? _path;
    private readonly ECDsa _key = ECDsa.Create();
    private readonly Lock _writing = new();
    private string? _previous;

    public AuditHeads(AuditHeadsOptions options, AuditTrail audit, TimeProvider time)
    {
        (_audit, _time, _path) = (audit, time, options.Path);
        if (_path is not null)
        {
            _key.ImportFromPem(options.KeyPem);
        }
    }

    public bool Configured => _path is not null;

    /// <summary>Signs the newest row now, and has it on the disk when it returns.</summary>
    public AuditHead? Sign()
    {
        if (_path is null)
        {
            return null;
        }

        lock (_writing)
        {
            _previous ??= LastSignature(_path);
            var row = _audit.Head();
            var head = new AuditHead(
                row?.Seq ?? 0, row?.Hash ?? "", _time.GetUtcNow().UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture), _previous, "");
            head = head with { Signature = Convert.ToBase64String(_key.SignData(Bytes(head), HashAlgorithmName.SHA256)) };
            using var file = new FileStream(_path, Appending());
            file.Write([.. JsonSerializer.SerializeToUtf8Bytes(head, Json), (byte)'\n']);
            file.Flush(flushToDisk: true);
            _previous = head.Signature;
            return head;
        }
    }

    /// <summary>Reads and checks every line; null when no file is configured.</summary>
    public AuditHeadsFound? Read()
    {
        if (_path is null)
        {
            return null;
        }

        var signed = new Dictionary<long, string>();
        var (lines, previous) = (0, "");
        AuditHead? last = null;
        AuditHeadsFound Found(string? problem) => new(signed, lines, last, problem);
        try
        {
            if (new FileInfo(_path) is { Exists: true, Length: > FileBytesMax })
            {
                return Found($"the file of signed heads is larger than {FileBytesMax} bytes");
            }

            foreach (var line in File.ReadLines(_path))
            {
                if (Parse(line) is not { } head)
                {
                    return Found($"line {lines + 1} of the signed heads can't be read");
                }

                if (!Verifies(head))
                {
                    return Found($"the signature of line {lines + 1} of the signed heads is wrong");
                }

                if (head.Previous != previous)
                {
                    return Found($"line {lines + 1} of the signed heads does not follow from the line before: a line was taken out or put in");
                }

                if (head.Seq < (last?.Seq ?? 0) || (signed.TryGetValue(head.Seq, out var earlier) && earlier != head.Hash))
                {
                    return Found($"line {lines + 1} of the signed heads contradicts an earlier one: the trail was written anew before {head.At}");
                }

                if (head.Seq > 0)
                {
                    signed[head.Seq] = head.Hash;
                }

                (last, previous) = (head, head.Signature);
                lines++;
            }
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            return Found($"the file of signed heads can't be read: {unreadable.Message}");
        }

        return Found(null);
    }

    public void Dispose() => _key.Dispose();

    private bool Verifies(AuditHead head)
    {
        var signature = new byte[head.Signature.Length];
        return Convert.TryFromBase64String(head.Signature, signature, out var length)
            && _key.VerifyData(Bytes(head), signature.AsSpan(0, length), HashAlgorithmName.SHA256);
    }

    private static string LastSignature(string path) =>
        File.Exists(path) && File.ReadLines(path).LastOrDefault() is { } line ? Parse(line)?.Signature ?? "" : "";

    private static AuditHead? Parse(string line)
    {
        try
        {
            return JsonSerializer.Deserialize<AuditHead>(line, Json) is { Hash: not null, At: not null, Previous: not null, Signature: not null } head ? head : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>Length before each part: no two heads have the same bytes.</summary>
    private static byte[] Bytes(AuditHead head)
    {
        using var bytes = new MemoryStream();
        Span<byte> number = stackalloc byte[8];
        BinaryPrimitives.WriteInt64BigEndian(number, head.Seq);
        bytes.Write(number);
        foreach (var part in (ReadOnlySpan<string>)[head.Hash, head.At, head.Previous])
        {
            var text = Encoding.UTF8.GetBytes(part);
            BinaryPrimitives.WriteInt64BigEndian(number, text.Length);
            bytes.Write(number);
            bytes.Write(text);
        }

        return bytes.ToArray();
    }

    private static FileStreamOptions Appending()
    {
        var options = new FileStreamOptions { Mode = FileMode.Append, Access = FileAccess.Write, Share = FileShare.Read };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead;
        }

        return options;
    }
}
