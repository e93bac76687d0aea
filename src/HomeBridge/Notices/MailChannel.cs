using System.Net;
using System.Net.Mail;
using System.Text;

namespace HomeBridge.Notices;

/// <summary>Sends notices to residents by e-mail: plain text, one recipient, and nothing before the connection is encrypted.</summary>
internal sealed class MailChannel(MailOptions mail, NoticeOptions options) : INoticeChannel
{
    public const string Id = "email";

    public string Name => Id;

    public async Task<string?> Send(WrittenNotice notice, string? address, CancellationToken cancel)
    {
        if (!MailAddress.TryCreate(address, out var to))
        {
            return "not an e-mail address";
        }

        // Whoever writes headers refuses line breaks in them; names have lost theirs before.
        using var message = new MailMessage(mail.From, to)
        {
            Subject = notice.Subject,
            SubjectEncoding = Encoding.UTF8,
            Body = $"{notice.Text}\n\n{notice.Speech.Text("notices.see", options.AccountUrl)}\n",
            BodyEncoding = Encoding.UTF8,
            IsBodyHtml = false,
        };
        message.Headers.Add("Message-ID", $"<{notice.Id}@{mail.From.Host}>");
        message.Headers.Add("Auto-Submitted", "auto-generated");
        using var client = new SmtpClient(mail.Host, mail.Port) { EnableSsl = mail.StartTls };
        if (mail.User is { } user)
        {
            client.Credentials = new NetworkCredential(user, mail.Password);
        }

        await client.SendMailAsync(message, cancel);
        return null;
    }
}
