using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Dapper;
using HomeBridge.Hosting;
using HomeBridge.Revocations;
using Microsoft.Data.Sqlite;

namespace HomeBridge.AccountLinking;

/// <summary>Authorization codes (RFC 6749 section 4.1.2): one use, short-lived, bound to client, redirect URI and challenge.</summary>
internal sealed class AuthorizationCodes(
    Database database, AccountLinks links, Tokens tokens, RevocationLog revocations, AccountLinkingOptions options, TimeProvider time)
{
    public string Issue(SqliteTransaction transaction, AccountLinkId link, AuthorizationRequest request)
    {
        var code = Secrets.New(Secrets.CodePrefix);
        transaction.Connection!.Execute(
            """
            INSERT INTO authorization_codes (hash, account_link, client_id, redirect_uri, code_challenge, expires_at)
            VALUES (@hash, @link, @ClientId, @RedirectUri, @CodeChallenge, @expiresAt)
            """,
            new
            {
                hash = Secrets.Hash(code),
                link = link.Value,
                request.ClientId,
                request.RedirectUri,
                request.CodeChallenge,
                expiresAt = (time.GetUtcNow() + options.CodeLifetime).ToUnixTimeMilliseconds(),
            },
            transaction);
        return code;
    }

    /// <summary>
    /// Redeems a code, atomically. A second use ends what the first one gave (RFC 6749 section 4.1.2). Null for every
    /// reason to refuse.
    /// </summary>
    public IssuedTokens? Redeem(string code, string clientId, string? redirectUri, string? verifier)
    {
        var (issued, replayed) = database.Write<(IssuedTokens?, bool)>(transaction =>
        {
            var connection = transaction.Connection!;
            var row = connection.QuerySingleOrDefault<Row>(
                "SELECT * FROM authorization_codes WHERE hash = @hash AND client_id = @clientId",
                new { hash = Secrets.Hash(code), clientId },
                transaction);
            if (row is null)
            {
                return (null, false);
            }

            var link = new AccountLinkId(row.AccountLink);
            if (row.UsedAt is not null)
            {
                links.End(transaction, link, "authorization code used twice", clientId);
                return (null, true);
            }

            var now = time.GetUtcNow().ToUnixTimeMilliseconds();
            if (row.ExpiresAt <= now || row.RedirectUri != redirectUri || !VerifierFits(row.CodeChallenge, verifier))
            {
                return (null, false);
            }

            connection.Execute("UPDATE authorization_codes SET used_at = @now WHERE hash = @Hash", new { now, row.Hash }, transaction);
            connection.Execute("UPDATE account_links SET linked_at = @now WHERE id = @AccountLink", new { now, row.AccountLink }, transaction);
            return (tokens.Issue(transaction, link, clientId), false);
        });
        if (replayed)
        {
            revocations.Announce();
        }

        return issued;
    }

    /// <summary>RFC 7636 section 4.6; RFC 9700 section 4.8.2: a verifier without a challenge is refused too.</summary>
    private static bool VerifierFits(string? challenge, string? verifier)
    {
        if (challenge is null || verifier is null)
        {
            return challenge is null && verifier is null;
        }

        var real = Base64Url.EncodeToString(SHA256.HashData(Encoding.ASCII.GetBytes(verifier)));
        return CryptographicOperations.FixedTimeEquals(Encoding.ASCII.GetBytes(real), Encoding.ASCII.GetBytes(challenge));
    }

    private sealed class Row
    {
        public string Hash { get; init; } = "";
        public string AccountLink { get; init; } = "";
        public string RedirectUri { get; init; } = "";
        public string? CodeChallenge { get; init; }
        public long ExpiresAt { get; init; }
        public long? UsedAt { get; init; }
    }
}
