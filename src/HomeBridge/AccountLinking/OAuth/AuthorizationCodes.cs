using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Dapper;
using HomeBridge.Hosting;
using HomeBridge.LinkDoctor;
using HomeBridge.Revocations;
using Microsoft.Data.Sqlite;

namespace HomeBridge.AccountLinking.OAuth;

/// <summary>Authorization codes (RFC 6749 section 4.1.2): one use, short-lived, bound to client, redirect URI and challenge.</summary>
internal sealed class AuthorizationCodes(
    Database database, AccountLinks links, Tokens tokens, RevocationLog revocations, AccountLinkingOptions options, Steps steps,
    TimeProvider time)
{
    private const string UsedTwice = "code_used_twice";

    public string Issue(SqliteTransaction transaction, AccountLinkId link, AuthorizationRequest request)
    {
        var code = Secrets.New(Secrets.CodePrefix);
        transaction.Connection!.Execute(
            """
            INSERT INTO authorization_codes (hash, opens, client_id, redirect_uri, code_challenge, expires_at)
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
        var (issued, of, outcome) = database.Write<(IssuedTokens?, string?, string)>(transaction =>
        {
            var connection = transaction.Connection!;
            var row = connection.QuerySingleOrDefault<Row>(
                "SELECT * FROM authorization_codes WHERE hash = @hash AND client_id = @clientId",
                new { hash = Secrets.Hash(code), clientId },
                transaction);
            if (row is null)
            {
                return (null, null, "code_unknown");
            }

            var link = new AccountLinkId(row.Opens);
            if (row.UsedAt is not null)
            {
                links.End(transaction, link, "authorization code used twice", clientId);
                return (null, row.Opens, UsedTwice);
            }

            var now = time.GetUtcNow().ToUnixTimeMilliseconds();
            if ((row.ExpiresAt <= now ? "code_expired"
                : row.RedirectUri != redirectUri ? "redirect_uri_differs"
                : VerifierFits(row.CodeChallenge, verifier) ? null : "verifier_wrong") is { } stop)
            {
                return (null, row.Opens, stop);
            }

            connection.Execute("UPDATE authorization_codes SET used_at = @now WHERE hash = @Hash", new { now, row.Hash }, transaction);
            connection.Execute("UPDATE account_links SET linked_at = @now WHERE id = @Opens", new { now, row.Opens }, transaction);
            return (tokens.Issue(transaction, link, clientId), row.Opens, Steps.Ok);
        });
        if (outcome == UsedTwice)
        {
            revocations.Announce();
        }

        if (of is null)
        {
            // Which attempt it was meant for nobody can say: it is one of its own.
            steps.Note(Journeys.NewReference(), LinkingSteps.CodeRedeemed, outcome, clientId);
        }
        else
        {
            steps.NoteOfLink(of, LinkingSteps.CodeRedeemed, outcome, clientId);
        }

        return issued;
    }

    /// <summary>The link that a code would open, whoever asks; null when it is no code of ours.</summary>
    public string? LinkOf(string code)
    {
        using var connection = database.Open();
        return connection.QuerySingleOrDefault<string>("SELECT opens FROM authorization_codes WHERE hash = @hash", new { hash = Secrets.Hash(code) });
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
        public string Opens { get; init; } = "";
        public string RedirectUri { get; init; } = "";
        public string? CodeChallenge { get; init; }
        public long ExpiresAt { get; init; }
        public long? UsedAt { get; init; }
    }
}
