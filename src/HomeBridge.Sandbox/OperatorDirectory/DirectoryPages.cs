using System.Text;
using System.Text.Encodings.Web;

namespace HomeBridge.Sandbox.OperatorDirectory;

/// <summary>The directory's pages: plain, and nobody's but the sandbox's.</summary>
internal static class DirectoryPages
{
    public static IResult SignIn(string action, IEnumerable<KeyValuePair<string, string?>> carried, string? wrong) => Page("Sign in", $"""
        <h1>Sign in</h1>
        <p>The sandbox's directory of operators: anna, ben or carla, password “sandbox”.</p>
        {(wrong is null ? "" : $"<p role=\"alert\">{Encode(wrong)}</p>")}
        <form method="post" action="{Encode(action)}">
        {string.Concat(carried.Select(one => $"<input type=\"hidden\" name=\"{Encode(one.Key)}\" value=\"{Encode(one.Value ?? "")}\">\n"))}
        <p><label>Account <input name="username" autocomplete="username" autocapitalize="none" maxlength="64" required autofocus></label></p>
        <p><label>Password <input name="password" type="password" autocomplete="current-password" maxlength="128" required></label></p>
        <p><button type="submit">Sign in</button></p>
        </form>
        """, wrong is null ? StatusCodes.Status200OK : StatusCodes.Status401Unauthorized);

    public static IResult Device(string action, string? wrong) => Page("Enter the code", $"""
        <h1>Enter the code</h1>
        <p>Your tool shows it. Accounts are anna, ben and carla, password “sandbox”.</p>
        {(wrong is null ? "" : $"<p role=\"alert\">{Encode(wrong)}</p>")}
        <form method="post" action="{Encode(action)}">
        <p><label>Code <input name="user_code" autocomplete="off" maxlength="16" required autofocus></label></p>
        <p><label>Account <input name="username" autocomplete="username" autocapitalize="none" maxlength="64" required></label></p>
        <p><label>Password <input name="password" type="password" autocomplete="current-password" maxlength="128" required></label></p>
        <p><button type="submit">Sign in</button></p>
        </form>
        """, wrong is null ? StatusCodes.Status200OK : StatusCodes.Status401Unauthorized);

    public static IResult Notice(string sentence, int status) => Page("Sandbox directory", $"<h1>{Encode(sentence)}</h1>", status);

    private static IResult Page(string title, string main, int status) => Results.Text($"""
        <!doctype html>
        <html lang="en">
        <head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>{title} · Sandbox directory</title></head>
        <body><main>
        {main}
        </main></body>
        </html>

        """, "text/html", Encoding.UTF8, status);

    private static string Encode(string text) => HtmlEncoder.Default.Encode(text);
}
