using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace HomeBridge.Ledger;

/// <summary>Whose stream a session was: what the rows of that session stand for.</summary>
internal sealed record LedgerSession(
    long Id, string Grant, string Gateway, string Platform, string AccountLink, string Account, string Device, string Vendor, string VendorDeviceId, long OpenedAt);

/// <summary>What one session released within one batch.</summary>
internal sealed record LedgerRow(long Seq, long Session, long FirstAt, long LastAt, long Units, long Bytes, byte[] Packed);

/// <summary>
/// How rows are chained: each hash is over the hash before it, the row's session and the row. To change who saw
/// something is to change a hash, as much as to change what was seen.
/// </summary>
internal static class LedgerChain
{
    /// <summary>What the first row stands on.</summary>
    public static readonly byte[] Beginning = new byte[SHA256.HashSizeInBytes];

    public static byte[] DigestOf(LedgerSession session)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Number(hash, session.Id);
        Number(hash, session.OpenedAt);
        foreach (var part in (ReadOnlySpan<string>)
            [session.Grant, session.Gateway, session.Platform, session.AccountLink, session.Account, session.Device, session.Vendor, session.VendorDeviceId])
        {
            // Length before each part: no two sessions have the same bytes.
            var bytes = Encoding.UTF8.GetBytes(part);
            Number(hash, bytes.Length);
            hash.AppendData(bytes);
        }

        return hash.GetHashAndReset();
    }

    public static byte[] HashOf(byte[] before, byte[] session, LedgerRow row)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(before);
        hash.AppendData(session);
        foreach (var value in (ReadOnlySpan<long>)[row.Seq, row.Session, row.FirstAt, row.LastAt, row.Units, row.Bytes])
        {
            Number(hash, value);
        }

        hash.AppendData(row.Packed);
        return hash.GetHashAndReset();
    }

    private static void Number(IncrementalHash hash, long value)
    {
        Span<byte> bytes = stackalloc byte[sizeof(long)];
        BinaryPrimitives.WriteInt64BigEndian(bytes, value);
        hash.AppendData(bytes);
    }
}
