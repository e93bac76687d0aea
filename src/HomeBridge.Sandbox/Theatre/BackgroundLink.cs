using System.Buffers.Text;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using HomeBridge.Sandbox.Display;
using Microsoft.AspNetCore.WebUtilities;

namespace HomeBridge.Sandbox.Theatre;

/// <summary>
/// Links a sandbox home without a person: the same pages and forms that a resident goes through, every box ticked, as the
/// display's own client.
/// </summary>
internal sealed partial class BackgroundLink(DisplayOptions options, BridgeTokens tokens)
{
    private const string Password = "sandbox";

    /// <summary>Three pages, and the redirects between them.</summary>
    private const int StepsMax = 16;

    /// <summary>The linked home, or null when the bridge or the maker's sign-in don't play along.</summary>
    public async Task<LinkedHome?> Link(string account, CancellationToken cancel)
    {
        var (state, verifier) = (DisplaySession.NewId(), DisplaySession.NewId());
        var authorize = QueryHelpers.AddQueryString(options.BridgeUrl + "/oauth/authorize", new Dictionary<string, string?>(StringComparer.Ordinal)
        {
            ["response_type"] = "code",
            ["client_id"] = options.ClientId,
            ["redirect_uri"] = options.CallbackUrl,
            ["scope"] = "devices",
            ["state"] = state,
            ["code_challenge"] = Base64Url.EncodeToString(SHA256.HashData(Encoding.ASCII.GetBytes(verifier))),
            ["code_challenge_method"] = "S256",
        });
        if (await Agree(new Uri(authorize), account, cancel) is not { } back)
        {
            return null;
        }

        var answer = QueryHelpers.ParseQuery(back.Query);
        return Secrets.Same(answer["state"], state) && answer["code"] is [{ Length: > 0 } code]
            && await tokens.Exchange(code, verifier, cancel) is TokenOutcome.Issued issued
                ? new LinkedHome(DisplaySession.NewId(), issued.Tokens)
                : null;
    }

    /// <summary>Goes through the pages to where the platform gets its code; null when they lead elsewhere.</summary>
    private async Task<Uri?> Agree(Uri start, string account, CancellationToken cancel)
    {
        using var http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, CookieContainer = new(), UseProxy = false });
        var (url, form) = (start, (FormUrlEncodedContent?)null);
        for (var step = 0; step < StepsMax; step++)
        {
            using var request = new HttpRequestMessage(form is null ? HttpMethod.Get : HttpMethod.Post, url) { Content = form };
            using var answer = await http.SendAsync(request, cancel);
            if (answer.StatusCode is HttpStatusCode.Found or HttpStatusCode.SeeOther && answer.Headers.Location is { } next)
            {
                (url, form) = (new Uri(url, next), null);
                if (url.AbsoluteUri.StartsWith(options.CallbackUrl, StringComparison.Ordinal))
                {
                    return url;
                }

                continue;
            }

            if (!answer.IsSuccessStatusCode || FormIn().Match(await answer.Content.ReadAsStringAsync(cancel)) is not { Success: true } page)
            {
                return null;
            }

            url = new Uri(url, WebUtility.HtmlDecode(page.Groups["action"].Value));
            form = new FormUrlEncodedContent(Fields(page.Groups["fields"].Value, account));
        }

        return null;
    }

    /// <summary>Every hidden value, every box ticked, the first button pressed.</summary>
    private static IEnumerable<KeyValuePair<string, string>> Fields(string fields, string account)
    {
        foreach (Match input in Input().Matches(fields))
        {
            var name = Attribute(input.Value, "name");
            var value = name switch
            {
                "username" => account,
                "password" => Password,
                _ => Attribute(input.Value, "value"),
            };
            if (name.Length > 0)
            {
                yield return new(name, value);
            }
        }

        var button = Button().Match(fields).Value;
        if (Attribute(button, "name") is { Length: > 0 } pressed)
        {
            yield return new(pressed, Attribute(button, "value"));
        }
    }

    private static string Attribute(string tag, string name)
    {
        var start = tag.IndexOf($" {name}=\"", StringComparison.Ordinal);
        if (start < 0)
        {
            return "";
        }

        start += name.Length + 3;
        return WebUtility.HtmlDecode(tag[start..tag.IndexOf('"', start)]);
    }

    [GeneratedRegex(
        "<form method=\"post\" action=\"(?<action>[^\"]*)\">(?<fields>.*?)</form>",
        RegexOptions.Singleline | RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex FormIn();

    [GeneratedRegex("<input[^>]*>", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Input();

    [GeneratedRegex("<button[^>]*>", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Button();
}
