using System.Net.Mail;
using HomeBridge.Hosting;

namespace HomeBridge.Notices;

/// <summary>Section <c>Notices</c>. Without an address to send to, notices are rows and nothing else.</summary>
internal sealed record NoticeOptions
{
    /// <summary>Null when there is none.</summary>
    public required WebhookOptions? Webhook { get; init; }

    /// <summary>Null when there is none.</summary>
    public required MailOptions? Mail { get; init; }

    /// <summary>The page that a notice leads to.</summary>
    public required string AccountUrl { get; init; }

    /// <summary>The longest one attempt may take. Default 10 s.</summary>
    public required TimeSpan Timeout { get; init; }

    /// <summary>The first wait after a failure; it doubles. Default 10 s.</summary>
    public required TimeSpan RetryDelay { get; init; }

    /// <summary>How long after it happened nobody tries any more. Default a day.</summary>
    public required TimeSpan GiveUpAfter { get; init; }

    /// <summary>Days for which notices are kept. Default 30.</summary>
    public required int KeptDays { get; init; }

    /// <summary>How long a suspension must last before residents are told. Default 2 min.</summary>
    public required TimeSpan SuspensionsToldAfter { get; init; }

    public static NoticeOptions Read(ConfigurationReader read, string publicUrl) => new()
    {
        Webhook = WebhookOptions.Read(read),
        Mail = MailOptions.Read(read),
        AccountUrl = publicUrl + "/account",
        Timeout = read.Duration("Notices:Timeout", TimeSpan.FromSeconds(10), TimeSpan.FromMilliseconds(100), TimeSpan.FromMinutes(1)),
        RetryDelay = read.Duration("Notices:RetryDelay", TimeSpan.FromSeconds(10), TimeSpan.FromMilliseconds(10), TimeSpan.FromMinutes(10)),
        GiveUpAfter = read.Duration("Notices:GiveUpAfter", TimeSpan.FromDays(1), TimeSpan.FromSeconds(1), TimeSpan.FromDays(7)),
        SuspensionsToldAfter = read.Duration("Notices:SuspensionsToldAfter", TimeSpan.FromMinutes(2), TimeSpan.FromSeconds(1), TimeSpan.FromHours(1)),
        KeptDays = read.Number("Notices:KeptDays", 30, 8, 3660),
    };
}

/// <summary>Where notices are posted, and with which key they are signed.</summary>
internal sealed record WebhookOptions(Uri Url, byte[] Key)
{
    private const int KeyBytesMin = 32;
    private const string Example = "https://maker.example/homebridge/notices";

    public static WebhookOptions? Read(ConfigurationReader read)
    {
        if (read.OptionalText("Notices:WebhookUrl") is null)
        {
            return null;
        }

        var url = read.PublicUrl("Notices:WebhookUrl", Example);
        var key = read.Secret("Notices:WebhookKey", KeyBytesMin);
        return url.Length > 0 ? new WebhookOptions(new Uri(url), key) : null;
    }

    public override string ToString() => nameof(WebhookOptions);
}

/// <summary>The mail server.</summary>
/// <param name="Host">Its name; its certificate must have it.</param>
/// <param name="Port">Where it takes mail of its users.</param>
/// <param name="From">Who the mail is from.</param>
/// <param name="StartTls">Whether nothing is said before the connection is encrypted.</param>
/// <param name="User">Null for a server that asks for none.</param>
/// <param name="Password">The user's.</param>
internal sealed record MailOptions(string Host, int Port, MailAddress From, bool StartTls, string? User, string? Password)
{
    private const int SubmissionPort = 587;
    private const int PortMax = 65_535;
    private const string FromExample = "Acme Home <notices@maker.example>";

    public static MailOptions? Read(ConfigurationReader read)
    {
        if (read.OptionalText("Notices:SmtpHost") is not { } host)
        {
            return null;
        }

        var fromText = read.Text("Notices:From", FromExample);
        if (!MailAddress.TryCreate(fromText, out var from) && fromText.Length > 0)
        {
            read.Problem("Notices:From", $"'{fromText}' is not an e-mail address.", FromExample);
        }

        var startTls = read.Flag("Notices:SmtpStartTls", otherwise: true);
        if (!startTls && !read.IsSandbox)
        {
            read.Problem("Notices:SmtpStartTls", "must be true outside the sandbox: mail would cross the network in the clear.", "true");
        }

        var user = read.OptionalText("Notices:SmtpUser");
        var password = user is null ? null : read.SecretText("Notices:SmtpPassword", "the user's password at the mail server");
        var port = read.Number("Notices:SmtpPort", SubmissionPort, 1, PortMax);
        return from is null ? null : new MailOptions(host, port, from, startTls, user, password);
    }

    public override string ToString() => nameof(MailOptions);
}
