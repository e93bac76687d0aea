using System.Text.Json;
using System.Text.RegularExpressions;
using HomeBridge.Residents.Api;
using HomeBridge.Tests.AccountLinking.OAuth;
using HomeBridge.Tests.House;
using Microsoft.AspNetCore.Routing;

namespace HomeBridge.Tests.Residents;

/// <summary><c>contracts/account-api.openapi.yaml</c> says what the bridge does: each address, each method, each member of an answer.</summary>
[Collection(OAuthCollection.Name)]
public sealed partial class AccountApiContractTests(OAuthBridge bridge)
{
    private static readonly string Document = Repository.Read("contracts/account-api.openapi.yaml");

    [Fact]
    public void Every_address_and_method_is_described_and_there_are_no_others()
    {
        var served = bridge.Get<IEnumerable<EndpointDataSource>>().SelectMany(source => source.Endpoints).OfType<RouteEndpoint>()
            .Where(endpoint => endpoint.RoutePattern.RawText!.StartsWith(AccountApi.Path, StringComparison.Ordinal))
            .SelectMany(endpoint => endpoint.Metadata.GetMetadata<HttpMethodMetadata>()!.HttpMethods
                .Select(method => $"{method} {endpoint.RoutePattern.RawText![AccountApi.Path.Length..]}"));
        var described = new List<string>();
        var path = "";
        foreach (var line in Document[Document.IndexOf("\npaths:", StringComparison.Ordinal)..Document.IndexOf("\ncomponents:", StringComparison.Ordinal)].Split('\n'))
        {
            if (PathLine().Match(line) is { Success: true } begun)
            {
                path = begun.Groups["path"].Value;
            }
            else if (MethodLine().Match(line) is { Success: true } method)
            {
                described.Add($"{method.Groups["method"].Value.ToUpperInvariant()} {path}");
            }
        }

        Assert.Equal(served.Order(StringComparer.Ordinal), described.Order(StringComparer.Ordinal));
        Assert.True(described.Count > 20);
    }

    [Fact]
    public async Task Answers_have_the_members_that_are_described()
    {
        var platform = await bridge.Link(OAuthBridge.Google, "api-contract");
        var app = await bridge.Link(OAuthBridge.Companion, "api-contract");
        var answers = new (string Schema, string Path)[]
        {
            ("Me", "/me"), ("Links", "/links"), ("LinkDetail", $"/links/{platform.Opens}"), ("History", $"/links/{platform.Opens}/history"),
            ("NewDevices", $"/links/{platform.Opens}/new-devices"), ("Cameras", "/cameras"), ("Views", "/views"), ("Notices", "/notices"), ("NoticeChoices", "/notice-choices"), ("Sessions", "/sessions"), ("Attempts", "/attempts"),
        };
        foreach (var (schema, path) in answers)
        {
            await Matches(schema, path, app.AccessToken);
        }

        await bridge.Send(HttpMethod.Delete, $"{AccountApi.Path}/links/{platform.Opens}", authorization: "Bearer " + app.AccessToken);
        await Matches("Receipt", $"/links/{platform.Opens}/receipt", app.AccessToken);
        var deleted = await bridge.Send(
            HttpMethod.Post, AccountApi.Path + "/data/deletion", new StringContent("{\"understood\":true}", System.Text.Encoding.UTF8, "application/json"), "Bearer " + app.AccessToken);
        Matches("DeletionReceipt", "/data/deletion", deleted.Json);
    }

    private async Task Matches(string schema, string path, string token)
    {
        var answer = await bridge.Send(HttpMethod.Get, AccountApi.Path + path, authorization: "Bearer " + token);
        Assert.True(answer.Status == System.Net.HttpStatusCode.OK, $"{path}: {answer.Status} {answer.Body}");
        Matches(schema, path, answer.Json);
    }

    /// <summary>An object has its schema's members and no others; what it holds is looked at the same way.</summary>
    private static void Matches(string schema, string where, JsonElement answer)
    {
        var members = MembersOf(schema);
        Assert.True(
            members.Keys.Order(StringComparer.Ordinal).SequenceEqual(answer.EnumerateObject().Select(member => member.Name).Order(StringComparer.Ordinal), StringComparer.Ordinal),
            $"{where}, {schema}: {answer}");
        foreach (var (name, inner) in members.Where(member => member.Value is not null))
        {
            var value = answer.GetProperty(name);
            foreach (var one in value.ValueKind switch { JsonValueKind.Array => value.EnumerateArray().ToArray(), JsonValueKind.Object => [value], _ => [] })
            {
                Matches(inner!, $"{where} {name}", one);
            }
        }
    }

    /// <summary>The members of a schema, each with the schema of what it holds.</summary>
    private static Dictionary<string, string?> MembersOf(string schema)
    {
        var text = Document[Document.IndexOf("\n  schemas:", StringComparison.Ordinal)..];
        var start = text.IndexOf($"\n    {schema}:\n", StringComparison.Ordinal);
        Assert.True(start > 0, $"There is no schema {schema}.");
        var body = text[(start + 1)..];
        var end = NextSchema().Match(body, body.IndexOf('\n', StringComparison.Ordinal));
        return MemberLine().Matches(end.Success ? body[..end.Index] : body).ToDictionary(
            member => member.Groups["name"].Value,
            member => SchemaName().Match(member.Groups["rest"].Value) is { Success: true } named ? named.Groups["schema"].Value : null,
            StringComparer.Ordinal);
    }

    [GeneratedRegex(@"\A  (?<path>/\S*):\z", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex PathLine();

    [GeneratedRegex(@"\A    (?<method>get|put|post|delete|patch):\z", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex MethodLine();

    [GeneratedRegex(@"\n    [A-Z][A-Za-z]*:\n", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex NextSchema();

    [GeneratedRegex("^        \"?(?<name>[a-zA-Z]+)\"?: \\{(?<rest>.*)$", RegexOptions.ExplicitCapture | RegexOptions.Multiline, 1000)]
    private static partial Regex MemberLine();

    [GeneratedRegex("schemas/(?<schema>[A-Za-z]+)", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex SchemaName();
}
