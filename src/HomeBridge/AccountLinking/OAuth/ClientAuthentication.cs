using System.Text;

namespace HomeBridge.AccountLinking.OAuth;

/// <summary>Who calls the token or revocation endpoint (RFC 6749 section 2.3.1): by form or by Basic, never by both.</summary>
internal sealed class ClientAuthentication(AccountLinkingOptions options)
{
    /// <summary>The client, or the answer that refuses it.</summary>
    public (PlatformClient? Client, IResult? Refused) Authenticate(HttpRequest request, IFormCollection form)
    {
        var header = request.Headers.Authorization.ToString();
        var byBasic = header.StartsWith("Basic ", StringComparison.OrdinalIgnoreCase);
        if (byBasic && form.ContainsKey("client_secret"))
        {
            return (null, TokenAnswer.Error(OAuthError.InvalidRequest("The client authenticated twice: use the form or Basic, not both.")));
        }

        var (id, secret) = byBasic ? Basic(header) : (Single(form, "client_id"), Single(form, "client_secret"));
        return id is not null && secret is { Length: <= Secrets.LengthMax }
            && options.Clients.TryGetValue(id, out var client) && client.HasSecret(secret)
            ? (client, null)
            : (null, TokenAnswer.WrongClient(byBasic));
    }

    internal static string? Single(IFormCollection form, string name) =>
        form.TryGetValue(name, out var values) && values is [{ Length: > 0 } value] ? value : null;

    /// <summary>Both parts are form encoded within the header (RFC 6749 section 2.3.1).</summary>
    private static (string? Id, string? Secret) Basic(string header)
    {
        var bytes = new byte[header.Length];
        if (header.Length > 1024 || !Convert.TryFromBase64String(header["Basic ".Length..].Trim(), bytes, out var length))
        {
            return (null, null);
        }

        var text = Encoding.UTF8.GetString(bytes, 0, length);
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        return colon < 0 ? (null, null) : (Decode(text[..colon]), Decode(text[(colon + 1)..]));
    }

    private static string Decode(string part) => Uri.UnescapeDataString(part.Replace('+', ' '));
}
