using System.Text.Encodings.Web;

namespace HomeBridge.Sandbox.IdentityProvider;

/// <summary>
/// The pages of a friendly maker. The form is the first in the document and needs no script.
/// </summary>
internal static class SignInPage
{
    public static string Form(string sealedRequest, string username = "", string? error = null)
    {
        var complaint = error is null
            ? ""
            : $"""<p class="error" id="error" role="alert">{HtmlEncoder.Default.Encode(error)}</p>""";
        var described = error is null ? "" : " aria-invalid=\"true\" aria-describedby=\"error\"";
        return Frame("Sign in", $"""
            <h1>Welcome home</h1>
            <p>Sign in to your Acme Home account to continue.</p>
            {complaint}
            <form method="post" action="/idp/authorize">
              <input type="hidden" name="request" value="{HtmlEncoder.Default.Encode(sealedRequest)}">
              <label for="username">Account</label>
              <input id="username" name="username" value="{HtmlEncoder.Default.Encode(username)}"{described}
                autocomplete="username" autocapitalize="none" spellcheck="false" maxlength="64"
                required autofocus>
              <label for="password">Password</label>
              <input id="password" name="password" type="password"{described}
                autocomplete="current-password" maxlength="128" required>
              <button type="submit">Sign in</button>
            </form>
            <p class="hint">A sandbox: the accounts are maple, harbor and hill,
            the password is “sandbox”.</p>
            """);
    }

    public static string Notice(string sentence) =>
        Frame("Acme Home", $"<h1>That didn’t work</h1>\n<p>{HtmlEncoder.Default.Encode(sentence)}</p>");

    private static string Frame(string title, string main) => $"""
        <!doctype html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="color-scheme" content="light dark">
        <title>{title} · Acme Home</title>
        <link rel="stylesheet" href="/idp/acme.css">
        </head>
        <body>
        <header><span class="mark" aria-hidden="true"></span>Acme Home</header>
        <main>
        {main}
        </main>
        </body>
        </html>

        """;
}
