using System.Security.Cryptography;
using System.Text;
using HomeBridge.Hosting;
using HomeBridge.Notices;
using HomeBridge.Vitals;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;

namespace HomeBridge.Tests.Notices;

/// <summary>The outbox and its two ways out, against servers that misbehave.</summary>
public sealed class DeliveryTests
{
    private static readonly (string Key, string Value) SoonTimeout = ("Notices:Timeout", "00:00:00.5");

    private static Notice New(string account = "maple") => new("acme", account, NoticeKinds.Linked) { Platform = "Google" };

    [Fact]
    public async Task A_notice_is_posted_once_signed_in_the_residents_language_and_time()
    {
        await using var bridge = await NoticeBridge.Start();
        bridge.Knows("maple", locale: "fr-CA", zone: "Europe/Paris");
        bridge.Tell(New() with { Kind = NoticeKinds.Unlinked, Because = "platform" });

        await bridge.Until(() => bridge.Waiting() == 0);

        var posted = Assert.Single(bridge.Receiver.Posted);
        Assert.Equal("v1=" + Convert.ToHexStringLower(HMACSHA256.HashData(NoticeBridge.Key, (byte[])[.. Encoding.ASCII.GetBytes(posted.Timestamp + "."), .. posted.Bytes])), posted.Signature);
        Assert.Equal(bridge.Clock.GetUtcNow().ToUnixTimeSeconds().ToString(System.Globalization.CultureInfo.InvariantCulture), posted.Timestamp);
        Assert.Equal(posted.Id, posted.Text("id"));
        Assert.Equal(("unlinked", "acme", "maple", "fr"), (posted.Text("kind"), posted.Text("vendor"), posted.Text("account"), posted.Text("language")));
        Assert.Equal("Google n’est plus associé à votre maison", posted.Text("subject"));
        Assert.Contains("22 nov. 2026 à 13:00", posted.Text("text"), StringComparison.Ordinal);
        Assert.EndsWith("L’association a été supprimée sur la plateforme.", posted.Text("text"), StringComparison.Ordinal);
        Assert.EndsWith("/account", posted.Text("url"), StringComparison.Ordinal);
        Assert.Empty(bridge.Mail.Mails);
    }

    [Fact]
    public async Task A_transaction_that_is_rolled_back_told_nothing()
    {
        await using var bridge = await NoticeBridge.Start();
        Assert.Throws<InvalidOperationException>(() => bridge.Get<Database>().Write<bool>(transaction =>
        {
            bridge.Get<ResidentNotices>().Tell(transaction, New("harbor"));
            throw new InvalidOperationException("no");
        }));
        bridge.Tell(New());

        await bridge.Until(() => !bridge.Receiver.Posted.IsEmpty && bridge.Waiting() == 0);
        Assert.Equal("maple", Assert.Single(bridge.Receiver.Posted).Text("account"));
    }

    [Fact]
    public async Task An_occasion_is_told_once_to_each_home()
    {
        await using var bridge = await NoticeBridge.Start();
        var notice = New() with { Occasion = "view lnk_1" };

        Assert.True(bridge.Tell(notice));
        Assert.False(bridge.Tell(notice));
        Assert.True(bridge.Tell(notice with { Account = "harbor" }));
        Assert.True(bridge.Tell(notice with { Occasion = "view lnk_2" }));
        await bridge.Until(() => bridge.Waiting() == 0);
        Assert.Equal(3, bridge.Receiver.Posted.Count);
    }

    /// <summary>500, a closed connection, silence, a redirect: tried again with the same id until it arrives.</summary>
    [Fact]
    public async Task A_receiver_that_misbehaves_gets_it_again()
    {
        await using var bridge = await NoticeBridge.Start(SoonTimeout);
        Func<HttpContext, CancellationToken, Task>[] moods = [NoticeReceiver.Fails, NoticeReceiver.Closes, NoticeReceiver.Hangs, NoticeReceiver.Redirects];
        foreach (var mood in moods)
        {
            bridge.Receiver.Mood = mood;
            bridge.Receiver.Posted.Clear();
            bridge.Tell(New());
            await bridge.Until(() => bridge.Receiver.Posted.Count >= 2, TimeSpan.FromMilliseconds(50));
            Assert.Equal(1, bridge.Waiting());

            bridge.Receiver.Mood = NoticeReceiver.Well;
            await bridge.Until(() => bridge.Waiting() == 0, TimeSpan.FromSeconds(1));
            Assert.Single(bridge.Receiver.Posted.Select(posted => posted.Id).Distinct());
        }
    }

    [Fact]
    public async Task What_waits_outlives_a_restart()
    {
        await using var bridge = await NoticeBridge.Start();
        bridge.Receiver.Mood = NoticeReceiver.Fails;
        bridge.Tell(New());
        await bridge.Until(() => bridge.Receiver.Posted.Count == 1);
        await bridge.Stop();

        bridge.Receiver.Mood = NoticeReceiver.Well;
        bridge.Clock.Advance(TimeSpan.FromMinutes(5));
        await bridge.Begin();

        await bridge.Until(() => bridge.Waiting() == 0);
        Assert.Equal(2, bridge.Receiver.Posted.Count);
        Assert.Single(bridge.Receiver.Posted.Select(posted => posted.Id).Distinct());
    }

    [Fact]
    public async Task Nobody_tries_for_ever_and_the_metric_says_so()
    {
        await using var bridge = await NoticeBridge.Start(("Notices:GiveUpAfter", "00:10:00"));
        bridge.Receiver.Mood = NoticeReceiver.Fails;
        bridge.Tell(New());

        await bridge.Until(() => bridge.Waiting() == 0, TimeSpan.FromMinutes(1));

        Assert.InRange(bridge.Receiver.Posted.Count, 1, 20);
        Assert.Contains(
            bridge.Get<Measurements>().Text().Split('\n'),
            line => line.StartsWith("homebridge_notices_given_up", StringComparison.Ordinal) && line.EndsWith("{channel=\"webhook\"} 1", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Old_notices_are_forgotten_and_first_views_are_not()
    {
        await using var bridge = await NoticeBridge.Start(("Notices:WebhookUrl", ""), ("Notices:SmtpHost", ""));
        bridge.Tell(New() with { Occasion = "view lnk_1" });
        bridge.Tell(New() with { Occasion = "suspension 1", OccasionFor = TimeSpan.FromDays(1) });
        Assert.Equal(0, bridge.Waiting());
        bridge.Clock.Advance(TimeSpan.FromDays(31));
        bridge.Get<NoticeOutbox>().Prune(bridge.Clock.GetUtcNow() - TimeSpan.FromDays(30));

        Assert.Equal(0, bridge.Get<Database>().Write(transaction => ResidentNotices.CountSince(transaction, "acme", "maple", [NoticeKinds.Linked], DateTimeOffset.UnixEpoch)));
        Assert.False(bridge.Tell(New() with { Occasion = "view lnk_1" }));
        Assert.True(bridge.Tell(New() with { Occasion = "suspension 1" }));
    }

    [Fact]
    public async Task A_mail_is_plain_text_to_one_address_and_headers_cant_be_added()
    {
        await using var bridge = await NoticeBridge.Start();
        bridge.Knows("maple", "resident@example.net", "zh-CN", "Asia/Shanghai");
        bridge.Tell(New() with { Platform = "Evil\r\nBcc: all@example.net\r\n\r\n<b>\u202Eboo\u2028" });

        await bridge.Until(() => bridge.Waiting() == 0);

        var mail = Assert.Single(bridge.Mail.Mails);
        var headers = mail[..mail.IndexOf("\n\n", StringComparison.Ordinal)];
        Assert.DoesNotContain(headers.Split('\n'), line => line.StartsWith("Bcc", StringComparison.OrdinalIgnoreCase));
        Assert.Equal(["RCPT TO:<resident@example.net>"], bridge.Mail.Said.Where(line => line.StartsWith("RCPT", StringComparison.OrdinalIgnoreCase)));
        Assert.Contains("text/plain", headers, StringComparison.Ordinal);
        Assert.Contains("utf-8", headers, StringComparison.OrdinalIgnoreCase);
        var body = Encoding.UTF8.GetString(Convert.FromBase64String(mail[mail.IndexOf("\n\n", StringComparison.Ordinal)..].Replace("\n", "", StringComparison.Ordinal)));
        Assert.StartsWith("EvilBcc: all@example.net<b>boo 已于 2026年11月22日 20:00", body, StringComparison.Ordinal);
        Assert.Contains("/account", body, StringComparison.Ordinal);
        Assert.Equal("EvilBcc: all@example.net<b>boo 已与您的家关联", Assert.Single(bridge.Receiver.Posted).Text("subject"));
    }

    [Fact]
    public async Task A_mail_server_that_misbehaves_gets_it_again()
    {
        await using var bridge = await NoticeBridge.Start(SoonTimeout, ("Notices:WebhookUrl", ""));
        bridge.Knows("maple", "resident@example.net");
        foreach (var mood in (MailMood[])[MailMood.Hangs, MailMood.Closes, MailMood.Refuses])
        {
            bridge.Mail.Mood = mood;
            bridge.Mail.Mails.Clear();
            bridge.Tell(New());
            await bridge.Until(() => Failures(bridge) >= 2, TimeSpan.FromMilliseconds(50));
            Assert.Empty(bridge.Mail.Mails);

            bridge.Mail.Mood = MailMood.Well;
            await bridge.Until(() => bridge.Waiting() == 0, TimeSpan.FromSeconds(1));

            // A server that is slow to say that it took one gets it again: the same one.
            Assert.Single(bridge.Mail.Mails.Select(mail => mail.Split('\n').First(line => line.StartsWith("Message-ID", StringComparison.Ordinal))).Distinct());
        }
    }

    [Fact]
    public async Task Without_starttls_a_mail_server_hears_nothing_of_residents()
    {
        await using var bridge = await NoticeBridge.Start(("Notices:WebhookUrl", ""), ("Notices:SmtpStartTls", "true"));
        bridge.Knows("maple", "resident@example.net");
        bridge.Tell(New());

        await bridge.Until(() => Failures(bridge) >= 1);

        Assert.Empty(bridge.Mail.Mails);
        Assert.NotEmpty(bridge.Mail.Said);
        Assert.DoesNotContain(bridge.Mail.Said, line => line.Contains("example.net", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("Notices:WebhookUrl", "http://maker.example/notices")]
    [InlineData("Notices:SmtpStartTls", "false")]
    [InlineData("Notices:From", "nobody")]
    [InlineData("Notices:WebhookKey", "dG9vIHNob3J0")]
    public void What_is_not_safe_is_refused_outside_the_sandbox(string key, string value)
    {
        var keys = new Dictionary<string, string?>(StringComparer.Ordinal)
        {
            ["Notices:WebhookUrl"] = "https://maker.example/notices",
            ["Notices:WebhookKey"] = Convert.ToBase64String(NoticeBridge.Key),
            ["Notices:SmtpHost"] = "mail.maker.example",
            ["Notices:From"] = "Acme Home <notices@maker.example>",
        };
        NoticeOptions Read(out ConfigurationReader read)
        {
            read = new ConfigurationReader(new ConfigurationBuilder().AddInMemoryCollection(keys).Build(), isSandbox: false);
            return NoticeOptions.Read(read, "https://bridge.example");
        }

        var good = Read(out var well);
        Assert.Empty(well.Problems);
        Assert.True(good.Mail!.StartTls);
        keys[key] = value;
        Read(out var refused);
        Assert.StartsWith(key, Assert.Single(refused.Problems), StringComparison.Ordinal);
    }

    private static long Failures(NoticeBridge bridge)
    {
        using var connection = bridge.Get<Database>().Open();
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT COALESCE(SUM(failures), 0) FROM notice_deliveries";
        return Convert.ToInt64(command.ExecuteScalar(), System.Globalization.CultureInfo.InvariantCulture);
    }
}
