using System.Data.Common;
using System.Text.Json;
using Dapper;
using HomeBridge.AccountLinking.OAuth;
using HomeBridge.Hosting;

namespace HomeBridge.AccountLinking.Consents;

/// <summary>
/// A browser on its way from "who asks" to "agree". The request is kept here and not in a URL, and only the browser that
/// pressed Continue can go on with it.
/// </summary>
internal sealed class LinkingAttempts(Database database, TimeProvider time)
{
    /// <summary>Signing in may take a while: a password manager, a second factor.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(15);

    /// <summary>Attempts at one time; beyond, linking answers "try again later".</summary>
    private const int AttemptsMax = 200_000;

    /// <summary>The new attempt's id; null when there are too many.</summary>
    public string? Begin(AuthorizationRequest request, string browser) => database.Write(transaction =>
    {
        var now = time.GetUtcNow();
        var connection = transaction.Connection!;
        connection.Execute("DELETE FROM linking_attempts WHERE expires_at <= @now", new { now = now.ToUnixTimeMilliseconds() }, transaction);
        if (connection.QuerySingle<int>("SELECT COUNT(*) FROM linking_attempts", transaction: transaction) >= AttemptsMax)
        {
            return null;
        }

        var id = Secrets.New("hbl_");
        connection.Execute(
            "INSERT INTO linking_attempts (id_hash, browser_hash, request, expires_at) VALUES (@id, @browser, @request, @expiresAt)",
            new
            {
                id = Secrets.Hash(id),
                browser = Secrets.Hash(browser),
                request = JsonSerializer.Serialize(request with { Begun = DateTimeOffset.FromUnixTimeMilliseconds(now.ToUnixTimeMilliseconds()) }),
                expiresAt = (now + Lifetime).ToUnixTimeMilliseconds(),
            },
            transaction);
        return id;
    });

    /// <summary>The attempt of this browser; null when it is unknown, over or another browser's.</summary>
    public AuthorizationRequest? Find(string? id, string? browser)
    {
        if (id is null or { Length: > Secrets.LengthMax } || browser is null)
        {
            return null;
        }

        using var connection = database.Open();
        var request = connection.QuerySingleOrDefault<string>(
            "SELECT request FROM linking_attempts WHERE id_hash = @id AND browser_hash = @browser AND expires_at > @now",
            new { id = Secrets.Hash(id), browser = Secrets.Hash(browser), now = time.GetUtcNow().ToUnixTimeMilliseconds() });
        return request is null ? null : JsonSerializer.Deserialize<AuthorizationRequest>(request);
    }

    /// <summary>What an attempt is called, whoever asks: a reference opens nothing. Null when it is unknown or over.</summary>
    public string? ReferenceOf(string? id)
    {
        if (id is null or { Length: > Secrets.LengthMax })
        {
            return null;
        }

        using var connection = database.Open();
        var request = connection.QuerySingleOrDefault<string>("SELECT request FROM linking_attempts WHERE id_hash = @id", new { id = Secrets.Hash(id) });
        return request is null ? null : JsonSerializer.Deserialize<AuthorizationRequest>(request)?.Reference;
    }

    /// <summary>Ends an attempt. False when it was over already: a form that was sent twice acts once.</summary>
    public static bool Finish(DbTransaction transaction, string id) =>
        transaction.Connection!.Execute("DELETE FROM linking_attempts WHERE id_hash = @id", new { id = Secrets.Hash(id) }, transaction) == 1;
}
