using System.Reflection;
using System.Runtime.Loader;
using System.Text.RegularExpressions;
using HomeBridge.StreamGateway;
using HomeBridge.Streaming;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Text;

namespace HomeBridge.Simulation.Mutants;

/// <summary>
/// Compiles the gateway's sources with a text replaced, with the references and source generators of this build, and loads
/// the result beside everything else. Only the project that changed is compiled anew.
/// </summary>
internal sealed partial class MutantCompiler
{
    private static readonly CSharpParseOptions Parsing = new(LanguageVersion.Latest, DocumentationMode.None);

    private readonly string _repository;
    private readonly Project[] _projects;

    public MutantCompiler(string repository)
    {
        _repository = repository;
        var inputs = Inputs();
        var frameworks = inputs.Where(line => line.Kind == "reference" && !Path.GetFileName(line.Path).StartsWith("HomeBridge.", StringComparison.Ordinal))
            .Select(line => MetadataReference.CreateFromFile(line.Path)).ToList<MetadataReference>();
        var generators = inputs.Where(line => line.Kind == "generator" && line.Path.Contains(".App.Ref", StringComparison.Ordinal))
            .SelectMany(line => new AnalyzerFileReference(line.Path, Loader.Instance).GetGenerators(LanguageNames.CSharp)).ToList();
        var streaming = MetadataReference.CreateFromFile(typeof(DeviceRef).Assembly.Location);
        _projects =
        [
            Read("HomeBridge.Streaming", "src/HomeBridge.Streaming", SdkUsings, frameworks, generators),
            Read("HomeBridge.StreamGateway", "src/HomeBridge.StreamGateway", SdkUsings + WebUsings, [.. frameworks, streaming], generators),
        ];
    }

    private const string SdkUsings =
        "global using System; global using System.Collections.Generic; global using System.IO; global using System.Linq; global using System.Net.Http; global using System.Threading; global using System.Threading.Tasks;";

    private const string WebUsings =
        "global using System.Net.Http.Json; global using Microsoft.AspNetCore.Builder; global using Microsoft.AspNetCore.Hosting; global using Microsoft.AspNetCore.Http; global using Microsoft.AspNetCore.Routing; global using Microsoft.Extensions.Configuration; global using Microsoft.Extensions.DependencyInjection; global using Microsoft.Extensions.Hosting; global using Microsoft.Extensions.Logging;";

    /// <summary>A copy of the assemblies with these edits, of none of which the original may be missing or ambiguous.</summary>
    public AssemblyLoadContext Compile(string name, IReadOnlyList<Edit> edits)
    {
        var images = new Dictionary<string, byte[]>();
        foreach (var project in _projects)
        {
            var compilation = project.Compilation;
            var own = edits.Where(edit => project.Trees.ContainsKey(Full(edit.File))).ToList();
            foreach (var file in own.GroupBy(edit => Full(edit.File)))
            {
                var tree = project.Trees[file.Key];
                var text = file.Aggregate(tree.ToString(), (text, edit) => Replace(name, text, edit));
                compilation = compilation.ReplaceSyntaxTree(tree, CSharpSyntaxTree.ParseText(text, Parsing, file.Key));
            }

            // Without an edit too: the unmutated copy is one that was compiled here.
            if (own.Count > 0 || edits.Count == 0)
            {
                images[project.Name] = Emit(name, compilation);
            }
        }

        if (edits.FirstOrDefault(edit => !_projects.Any(project => project.Trees.ContainsKey(Full(edit.File)))) is { } lost)
        {
            throw new InvalidOperationException($"Mutant {name}: there is no file {lost.File}.");
        }

        return new Copy(name, images);
    }

    private static string Replace(string name, string text, Edit edit)
    {
        var at = text.IndexOf(edit.Original, StringComparison.Ordinal);
        if (at < 0 || text.IndexOf(edit.Original, at + 1, StringComparison.Ordinal) >= 0)
        {
            throw new InvalidOperationException(
                $"Mutant {name}: its snippet is {(at < 0 ? "not" : "more than once")} in {edit.File}. The code moved: bring mutants.json up to it.\n{edit.Original}");
        }

        return string.Concat(text.AsSpan(0, at), edit.Replacement, text.AsSpan(at + edit.Original.Length));
    }

    private static byte[] Emit(string name, CSharpCompilation compilation)
    {
        using var image = new MemoryStream();
        var emitted = compilation.Emit(image);
        return emitted.Success
            ? image.ToArray()
            : throw new InvalidOperationException(
                $"Mutant {name} does not compile: {string.Join('\n', emitted.Diagnostics.Where(diagnostic => diagnostic.Severity is DiagnosticSeverity.Error))}");
    }

    private string Full(string file) => Path.GetFullPath(Path.Combine(_repository, file));

    private Project Read(string name, string folder, string usings, List<MetadataReference> references, List<ISourceGenerator> generators)
    {
        var root = Path.Combine(_repository, folder);
        var trees = Directory.EnumerateFiles(root, "*.cs", SearchOption.AllDirectories)
            .Where(file => !file.Contains("/obj/", StringComparison.Ordinal) && !file.Contains("/bin/", StringComparison.Ordinal))
            .Select(Path.GetFullPath)
            .ToDictionary(file => file, file => CSharpSyntaxTree.ParseText(SourceText.From(File.ReadAllText(file)), Parsing, file));
        var friends = Friends().Matches(File.ReadAllText(Path.Combine(root, name + ".csproj")))
            .Select(match => $"[assembly: System.Runtime.CompilerServices.InternalsVisibleTo(\"{match.Groups["name"].Value}\")]");
        var version = typeof(DeviceRef).Assembly.GetName().Version;
        var assembly = CSharpSyntaxTree.ParseText(
            $"{usings}\n{string.Join('\n', friends)}\n[assembly: System.Reflection.AssemblyVersion(\"{version}\")]", Parsing);
        var hasMain = trees.Keys.Any(file => Path.GetFileName(file) == "Program.cs");
        var compilation = CSharpCompilation.Create(
            name,
            [.. trees.Values, assembly],
            references,
            new CSharpCompilationOptions(
                hasMain ? OutputKind.ConsoleApplication : OutputKind.DynamicallyLinkedLibrary,
                optimizationLevel: OptimizationLevel.Release,
                nullableContextOptions: NullableContextOptions.Enable));
        CSharpGeneratorDriver.Create(generators, parseOptions: Parsing).RunGeneratorsAndUpdateCompilation(compilation, out var generated, out _);
        return new Project(name, trees, (CSharpCompilation)generated);
    }

    private static List<(string Kind, string Path)> Inputs()
    {
        using var file = new StreamReader(typeof(MutantCompiler).Assembly.GetManifestResourceStream("compiler-inputs")!);
        return [.. file.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(line => (line.Split(' ')[0], line[(line.IndexOf(' ', StringComparison.Ordinal) + 1)..]))];
    }

    [GeneratedRegex("InternalsVisibleTo Include=\"(?<name>[^\"]+)\"", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Friends();

    private sealed record Project(string Name, Dictionary<string, SyntaxTree> Trees, CSharpCompilation Compilation);

    /// <summary>
    /// The mutated assembly, and copies of the two others that bind to it. Not collectible: runtime 10.0.12 jumped into code of
    /// copies that it had unloaded, minutes later. The process ends soon enough.
    /// </summary>
    private sealed class Copy(string name, Dictionary<string, byte[]> images) : AssemblyLoadContext(name)
    {
        protected override Assembly? Load(AssemblyName assemblyName)
        {
            if (images.TryGetValue(assemblyName.Name!, out var image))
            {
                return LoadFromStream(new MemoryStream(image));
            }

            var own = ((Assembly[])[typeof(DeviceRef).Assembly, typeof(GatewayApplication).Assembly, typeof(Copy).Assembly])
                .FirstOrDefault(assembly => assembly.GetName().Name == assemblyName.Name);
            return own is null ? null : LoadFromStream(new MemoryStream(File.ReadAllBytes(own.Location)));
        }
    }

    private sealed class Loader : IAnalyzerAssemblyLoader
    {
        public static Loader Instance { get; } = new();

        public void AddDependencyLocation(string fullPath)
        {
        }

        public Assembly LoadFromPath(string fullPath) => Assembly.LoadFrom(fullPath);
    }
}
