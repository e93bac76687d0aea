using YamlDotNet.RepresentationModel;

namespace HomeBridge.Tests.Deploy;

/// <summary>YAML as what it is: maps, lists and texts.</summary>
internal static class YamlDocuments
{
    public static IReadOnlyList<YamlMappingNode> Read(string file)
    {
        using var reader = new StreamReader(file);
        var stream = new YamlStream();
        stream.Load(reader);
        return [.. stream.Documents.Select(document => (YamlMappingNode)document.RootNode)];
    }

    public static IEnumerable<YamlMappingNode> List(YamlMappingNode node, string name) => ((YamlSequenceNode)node[name]).Cast<YamlMappingNode>();

    public static IEnumerable<string> Texts(YamlMappingNode node, string name) => ((YamlSequenceNode)node[name]).Select(one => ((YamlScalarNode)one).Value!);

    public static string Text(YamlMappingNode node, string name) => ((YamlScalarNode)node[name]).Value!;
}
