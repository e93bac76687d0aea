using System.Net;
using System.Security.Cryptography.X509Certificates;
using AngleSharp;
using AngleSharp.Dom;
using AngleSharp.Html.Dom;
using AngleSharp.Html.Parser;

namespace HomeBridge.Tests.World;

/// <summary>A browser without script: cookies, pages, forms. It follows redirects by itself up to a stop address.</summary>
public sealed class Browser : IDisposable
{
    private readonly HttpClient _http;

    /// <param name="trusted">A certificate that is trusted besides the machine's.</param>
    public Browser(X509Certificate2? trusted = null)
    {
        var handler = new SocketsHttpHandler { AllowAutoRedirect = false, CookieContainer = Cookies, UseProxy = false };
        if (trusted is not null)
        {
            handler.SslOptions.CertificateChainPolicy = new X509ChainPolicy
            {
                TrustMode = X509ChainTrustMode.CustomRootTrust,
                CustomTrustStore = { trusted },
                RevocationMode = X509RevocationMode.NoCheck,
            };
        }

        _http = new HttpClient(handler);
    }

    public CookieContainer Cookies { get; } = new();

    /// <summary>What it says it is.</summary>
    public string UserAgent
    {
        init => _http.DefaultRequestHeaders.UserAgent.ParseAdd(value);
    }

    public Task<Page> Get(Uri url) => Follow(new HttpRequestMessage(HttpMethod.Get, url));

    /// <summary>Sends a form of a page, by default the first, with one of its buttons; <paramref name="change"/> may alter the fields.</summary>
    public Task<Page> Submit(Page page, string button, Action<List<KeyValuePair<string, string>>>? change = null, int form = 0) =>
        Submit(page, page.Document!.Forms[form], button, change);

    private Task<Page> Submit(Page page, IHtmlFormElement form, string button, Action<List<KeyValuePair<string, string>>>? change)
    {
        var fields = new List<KeyValuePair<string, string>>();
        foreach (var input in form.Elements.OfType<IHtmlInputElement>())
        {
            if (input.Name is { Length: > 0 } name && (input.Type != "checkbox" || input.IsChecked))
            {
                fields.Add(new(name, input.Value));
            }
        }

        var pressed = form.QuerySelectorAll<IHtmlButtonElement>("button").Single(one => one.TextContent.Trim() == button);
        if (pressed.Name is { Length: > 0 })
        {
            fields.Add(new(pressed.Name, pressed.Value));
        }

        change?.Invoke(fields);
        return Follow(new HttpRequestMessage(HttpMethod.Post, new Uri(page.Url, form.GetAttribute("action") ?? ""))
        {
            Content = new FormUrlEncodedContent(fields),
        });
    }

    /// <summary>Sends a form's fields, whatever page they are of.</summary>
    public Task<Page> Post(Uri url, IEnumerable<KeyValuePair<string, string>> fields) =>
        Follow(new HttpRequestMessage(HttpMethod.Post, url) { Content = new FormUrlEncodedContent(fields) });

    public void Dispose() => _http.Dispose();

    private async Task<Page> Follow(HttpRequestMessage request)
    {
        for (var hops = 0; hops < 10; hops++)
        {
            var url = request.RequestUri!;
            using var answer = await _http.SendAsync(request);
            if (answer.StatusCode is HttpStatusCode.Found or HttpStatusCode.SeeOther)
            {
                var next = new Uri(url, answer.Headers.Location!);
                if (!next.IsLoopback)
                {
                    // The platform's own address: the browser would leave us here.
                    return new Page(next, answer.StatusCode, "", null, answer.Headers.ToString());
                }

                request = new HttpRequestMessage(HttpMethod.Get, next);
                continue;
            }

            var text = await answer.Content.ReadAsStringAsync();
            var document = answer.Content.Headers.ContentType?.MediaType == "text/html"
                ? await new HtmlParser(default, BrowsingContext.New(Configuration.Default)).ParseDocumentAsync(text)
                : null;
            return new Page(url, answer.StatusCode, text, document, answer.Headers.ToString() + answer.Content.Headers);
        }

        throw new InvalidOperationException("Redirected too often.");
    }
}

/// <summary>Where a browser ended up.</summary>
public sealed record Page(Uri Url, HttpStatusCode Status, string Text, IHtmlDocument? Document, string Headers)
{
    public string? Query(string name) => System.Web.HttpUtility.ParseQueryString(Url.Query)[name];

    /// <summary>Labels of checkboxes, and whether they are ticked.</summary>
    public IReadOnlyDictionary<string, (string Name, string Value, bool Ticked)> Choices => (Document ?? throw new InvalidOperationException($"No page: {Url} {Status} {Text}")).QuerySelectorAll<IHtmlInputElement>("input[type=checkbox]")
        .ToDictionary(box => box.Closest("label")!.QuerySelector("span")!.TextContent, box => (box.Name!, box.Value, box.IsChecked), StringComparer.Ordinal);
}
