using System.Globalization;
using System.Text;
using HomeBridge.Tests.House;
using HomeBridge.Traits;

namespace HomeBridge.Tests.Traits;

/// <summary>The tables of contracts/trait-catalogue.md are made from the catalogue. RENEW_DOCUMENTS=1 writes them anew.</summary>
public sealed class DocumentedCatalogueTests
{
    private const string Document = "contracts/trait-catalogue.md";
    private const string Begin = "<!-- generated from here -->\n";

    [Fact]
    public void The_tables_in_the_contracts_are_the_catalogue()
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
    public void Every_word_of_the_format_is_explained()
    {
        var explained = Repository.Read(Document);
        explained = explained[..explained.IndexOf(Begin, StringComparison.Ordinal)];
        using var json = System.Text.Json.JsonDocument.Parse(Repository.Read("contracts/trait-catalogue.json"));
        Assert.All(Words(json.RootElement.GetProperty("traits"), named: true).Distinct(StringComparer.Ordinal), word => Assert.Contains($"`{word}`", explained, StringComparison.Ordinal));
    }

    /// <summary>The words of the format, not the names that the platform gave.</summary>
    private static IEnumerable<string> Words(System.Text.Json.JsonElement json, bool named)
    {
        string[] ofNames = ["attributes", "states", "commands", "params", "results", "members", "notification", "needs", "requiredWhen", "whenTrue", "whenFalse", "when"];
        foreach (var item in json.ValueKind is System.Text.Json.JsonValueKind.Array ? json.EnumerateArray().ToArray() : [])
        {
            foreach (var word in Words(item, named: false))
            {
                yield return word;
            }
        }

        foreach (var member in json.ValueKind is System.Text.Json.JsonValueKind.Object ? json.EnumerateObject().ToArray() : [])
        {
            if (!named)
            {
                yield return member.Name;
            }

            foreach (var word in Words(member.Value, !named && ofNames.Contains(member.Name, StringComparer.Ordinal)))
            {
                yield return word;
            }
        }
    }

    private static string Tables()
    {
        var text = new StringBuilder();
        text.Append("\n## Traits\n\n`?` is not always required.\n\n| Trait | Attributes | Commands | States | Challenge |\n| --- | --- | --- | --- | --- |\n");
        foreach (var trait in TraitCatalogue.Current.Traits)
        {
            text.Append(CultureInfo.InvariantCulture, $"| {trait.Name}{(trait.ReplacedBy is null ? "" : $" (deprecated, use {trait.ReplacedBy})")} | {Members(trait.Attributes)} | ");
            text.Append(string.Join("; ", trait.Commands.Select(command => $"{command.Name}({Members(command.Parameters)})")));
            text.Append(CultureInfo.InvariantCulture, $" | {Members(trait.States)} | {string.Join("; ", trait.Challenges.Select(Challenge))} |\n");
        }

        text.Append("\n## Device types\n\n| Type | Requires | Recommended |\n| --- | --- | --- |\n");
        foreach (var type in TraitCatalogue.Current.Types)
        {
            text.Append(CultureInfo.InvariantCulture, $"| {type.Name} | {string.Join(", ", type.Requires)} | {string.Join(", ", type.Recommends)} |\n");
        }

        return text.ToString().Replace("|  |", "| |", StringComparison.Ordinal).Replace("|  |", "| |", StringComparison.Ordinal);
    }

    private static string Members(Schema[] members) => string.Join(", ", members.Select(member => member.Required ? member.Name : member.Name + "?"));

    private static string Challenge(ChallengeRule rule)
    {
        var when = string.Join(" and ", rule.When.Select(term => term.Flag is { } flag
            ? $"{term.Parameter}={(flag ? "true" : "false")}"
            : string.Create(CultureInfo.InvariantCulture, $"{term.Parameter} above {term.Above}")));
        return $"{rule.Challenge}: {(rule.DeviceTypes is null ? "any type" : string.Join(", ", rule.DeviceTypes))}{(when.Length == 0 ? "" : $" when {when}")}"
            + $"{(rule.Region is null ? "" : $" in {rule.Region}")}{(rule.Ours ? " (ours)" : "")}";
    }
}
