using HomeBridge.Audit;
using HomeBridge.Hosting;
using HomeBridge.Notices;

namespace HomeBridge.Residents;

/// <summary>A notice that a resident may do without.</summary>
/// <param name="Kind">As <c>contracts/notices.md</c> has it; the end of a pause goes with its beginning.</param>
/// <param name="IsOn">Whether it is told.</param>
internal sealed record NoticeChoice(string Kind, bool IsOn);

/// <summary>What a resident is told when they don't look, and where.</summary>
internal sealed class ResidentNoticeChoices(Database database, NoticeChoices choices, INoticeRecipients recipients, NoticeOptions options, AuditTrail audit)
{
    public IReadOnlyList<NoticeChoice> Of(HomeAccount home)
    {
        var off = choices.Off(home.Vendor, home.Account);
        return [.. NoticeChoices.Kinds.Select(kind => new NoticeChoice(kind, !off.Contains(kind)))];
    }

    /// <summary>False when it is not one that can be switched.</summary>
    public bool Set(HomeAccount home, string kind, bool on) => NoticeChoices.Kinds.Contains(kind, StringComparer.Ordinal) && database.Write(transaction =>
    {
        if (choices.Set(transaction, home.Vendor, home.Account, kind, on))
        {
            audit.Append(transaction, home.Account, on ? "notices.on" : "notices.off", kind, "");
        }

        return true;
    });

    /// <summary>The address that notices go to; null where none go by e-mail.</summary>
    public string? Email(HomeAccount home) => options.Mail is null ? null : recipients.Recipient(home.Vendor, home.Account)?.Email;

    /// <summary>Whether the maker is told, who tells residents in his app.</summary>
    public bool GoToMaker => options.Webhook is not null;
}
