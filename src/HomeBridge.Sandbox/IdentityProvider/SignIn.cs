using System.Text;
using Microsoft.AspNetCore.WebUtilities;

namespace HomeBridge.Sandbox.IdentityProvider;

/// <summary>The authorization endpoint: shows the sign-in page, reads it, answers with a code.</summary>
internal static class SignIn
{
    public static IResult Ask(
        HttpContext http, SandboxCloudOptions options, RequestSeal seal, CloudAddress address)
    {
        if (AuthorizeRequest.Read(http.Request.Query, options.Client, out var redirectUri, out var error)
            is { } request)
        {
            return Page(http, SignInPage.Form(seal.Seal(request)));
        }

        if (redirectUri is null)
        {
            return Page(
                http, SignInPage.Notice("This link doesn't come from an app that Acme Home knows."),
                StatusCodes.Status400BadRequest);
        }

        return SendBack(http, redirectUri, new()
        {
            ["error"] = error,
            ["state"] = http.Request.Query["state"] is [{ } state] ? state : null,
            ["iss"] = address.Issuer,
        });
    }

    public static async Task<IResult> AnswerAsync(
        HttpContext http, RequestSeal seal, ResidentAccounts accounts, AuthorizationCodes codes,
        CloudAddress address)
    {
        if (!http.Request.HasFormContentType || http.Request.Headers["Sec-Fetch-Site"] == "cross-site")
        {
            return Page(
                http, SignInPage.Notice("Please start again in the app."), StatusCodes.Status400BadRequest);
        }

        var form = await http.Request.ReadFormAsync(http.RequestAborted);
        var sealedRequest = form["request"].ToString();
        if (seal.Open(sealedRequest) is not { } request)
        {
            return Page(
                http, SignInPage.Notice("This page is too old. Please start again in the app."),
                StatusCodes.Status400BadRequest);
        }

        var username = form["username"].ToString().Trim();
        return accounts.SignIn(username, form["password"].ToString(), out var account) switch
        {
            SignInOutcome.SignedIn => SendBack(http, request.RedirectUri, new()
            {
                ["code"] = codes.Give(request, account!),
                ["state"] = request.State,
                ["iss"] = address.Issuer,
            }),
            SignInOutcome.TooManyFailures => Page(
                http,
                SignInPage.Form(sealedRequest, username, "Too many wrong tries. Please wait a few minutes."),
                StatusCodes.Status429TooManyRequests),
            _ => Page(
                http,
                SignInPage.Form(sealedRequest, username, "That account and password don't belong together.")),
        };
    }

    private static IResult Page(HttpContext http, string html, int status = StatusCodes.Status200OK)
    {
        var headers = http.Response.Headers;
        headers.ContentSecurityPolicy =
            "default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'";
        headers["Referrer-Policy"] = "no-referrer";
        headers.XContentTypeOptions = "nosniff";
        return Results.Text(html, "text/html", Encoding.UTF8, status);
    }

    /// <summary>
    /// 303: the browser must not send the password on to the client (RFC 9700 section 4.12).
    /// </summary>
    private static IResult SendBack(
        HttpContext http, string redirectUri, Dictionary<string, string?> parameters)
    {
        http.Response.Headers["Referrer-Policy"] = "no-referrer";
        http.Response.Headers.Location = QueryHelpers.AddQueryString(redirectUri, parameters);
        return Results.StatusCode(StatusCodes.Status303SeeOther);
    }
}
