using Dapper;
using HomeBridge.Hosting;

namespace HomeBridge.AccountLinking.SignIn;

/// <summary>The tokens that the maker's identity provider gave for each account.</summary>
internal sealed class MakerTokens(Database database)
{
    /// <summary>
    /// Whether the maker takes back what it gave: the resident has to sign in once more. The link, its devices and its
    /// tokens stay as they are.
    /// </summary>
    public bool NeedsAttention(string vendor, string account)
    {
        using var connection = database.Open();
        return connection.QuerySingle<int>(
            "SELECT COUNT(*) FROM maker_tokens WHERE vendor = @vendor AND account = @account AND refused_at IS NOT NULL", new { vendor, account }) > 0;
    }
}
