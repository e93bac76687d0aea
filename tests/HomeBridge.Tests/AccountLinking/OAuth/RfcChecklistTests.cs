using System.Globalization;
using System.Reflection;
using System.Text;
using HomeBridge.AccountLinking.OAuth;
using HomeBridge.Tests.House;

namespace HomeBridge.Tests.AccountLinking.OAuth;

/// <summary>The RFC checklist and the error catalogue are made from the tests and from the code. RENEW_DOCUMENTS=1 writes them anew.</summary>
public sealed class RfcChecklistTests
{
    private const string Document = "src/HomeBridge/AccountLinking/OAuth/README.md";
    private const string Begin = "<!-- generated from here -->\n";

    private static readonly Dictionary<string, string> Titles = new(StringComparer.Ordinal)
    {
        ["6749"] = "RFC 6749, OAuth 2.0",
        ["6750"] = "RFC 6750, bearer tokens",
        ["7009"] = "RFC 7009, revocation",
        ["7636"] = "RFC 7636, PKCE",
        ["8252"] = "RFC 8252, native apps",
        ["8414"] = "RFC 8414, metadata",
        ["9207"] = "RFC 9207, issuer in answers",
        ["9700"] = "RFC 9700, security best practice",
        ["ours"] = "Ours",
    };

    [Fact]
    public void The_checklist_is_what_is_tested()
    {
        var written = Repository.Read(Document);
        var expected = written[..(written.IndexOf(Begin, StringComparison.Ordinal) + Begin.Length)] + Tables();
        if (Environment.GetEnvironmentVariable("RENEW_DOCUMENTS") == "1")
        {
            File.WriteAllText(Path.Combine(Repository.Root, Document), expected);
            return;
        }

        Assert.Equal(expected, written);
    }

    [Fact]
    public void Every_rfc_that_we_are_held_to_is_tested() =>
        Assert.Equal(Titles.Keys.Order(StringComparer.Ordinal), Demands().Select(demand => Rfc(demand.Section)).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal));

    [Fact]
    public void Every_error_is_spelt_as_the_rfc_demands() => Assert.All(Catalogue(), error =>
    {
        Assert.Matches(@"\A[ !#-\[\]-~]+\z", error.Description);
        Assert.Contains(error.Code, new[]
        {
            "invalid_request", "invalid_client", "invalid_grant", "unsupported_grant_type", "invalid_scope", "access_denied", "unsupported_response_type", "temporarily_unavailable",
        });
    });

    private static string Rfc(string section) => section.Split(' ')[0];

    private static IEnumerable<(string Section, string Demand, MethodInfo Test)> Demands() => typeof(RfcChecklistTests).Assembly.GetTypes()
        .SelectMany(type => type.GetMethods())
        .SelectMany(method => method.GetCustomAttributes<RfcAttribute>().Select(rfc => (rfc.Section, rfc.Demand, method)));

    private static IEnumerable<OAuthError> Catalogue() => typeof(OAuthError).GetFields(BindingFlags.Public | BindingFlags.Static)
        .Where(field => field.FieldType == typeof(OAuthError)).Select(field => (OAuthError)field.GetValue(null)!);

    /// <summary>10.2 after 9.1.</summary>
    private static string Sorted(string section) => string.Join('.', section.Split(' ')[^1].Split('.').Select(part => part.PadLeft(4, '0')));

    private static string Tables()
    {
        var text = new StringBuilder();
        foreach (var rfc in Demands().GroupBy(demand => Rfc(demand.Section), StringComparer.Ordinal).OrderBy(rfc => rfc.Key, StringComparer.Ordinal))
        {
            text.Append(CultureInfo.InvariantCulture, $"\n## {Titles[rfc.Key]}\n\n| Section | What | Test |\n| --- | --- | --- |\n");
            foreach (var (section, demand, test) in rfc.OrderBy(one => Sorted(one.Section), StringComparer.Ordinal)
                .ThenBy(one => one.Test.DeclaringType!.Name, StringComparer.Ordinal).ThenBy(one => one.Test.Name, StringComparer.Ordinal).ThenBy(one => one.Demand, StringComparer.Ordinal))
            {
                text.Append(CultureInfo.InvariantCulture, $"| {(section == "ours" ? "" : section.Split(' ')[1] + " ")}| {demand} | `{test.DeclaringType!.Name}.{test.Name}` |\n");
            }
        }

        text.Append("\n## Error catalogue\n\nStatus is that of the token and revocation endpoints; the authorization endpoint redirects.\n\n| Error | Status | Sentence |\n| --- | --- | --- |\n");
        foreach (var error in Catalogue().OrderBy(error => error.Code, StringComparer.Ordinal).ThenBy(error => error.Description, StringComparer.Ordinal))
        {
            text.Append(CultureInfo.InvariantCulture, $"| `{error.Code}` | {error.Status} | {error.Description} |\n");
        }

        return text.ToString();
    }
}
