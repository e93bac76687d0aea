using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace HomeBridge.Hbctl;

/// <summary>Help ends with lines that can be copied.</summary>
internal static class Examples
{
    private const int WidthMax = 80;

    private static readonly Dictionary<Command, string[]> Known = [];

    public static T With<T>(this T command, params string[] examples)
        where T : Command
    {
        Known[command] = examples;
        return command;
    }

    /// <summary>Puts the examples behind the help of the root and of all below it.</summary>
    public static void Show(RootCommand root, params string[] examples)
    {
        Known[root] = examples;
        var help = root.Options.OfType<HelpOption>().Single();
        var standard = (HelpAction)help.Action!;
        standard.MaxWidth = WidthMax;
        help.Action = new HelpWithExamples(standard);
    }

    private sealed class HelpWithExamples(HelpAction help) : SynchronousCommandLineAction
    {
        public override bool ClearsParseErrors => true;

        public override int Invoke(ParseResult parseResult)
        {
            var code = help.Invoke(parseResult);
            if (Known.TryGetValue(parseResult.CommandResult.Command, out var examples))
            {
                var output = parseResult.InvocationConfiguration.Output;
                output.WriteLine("Examples:");
                foreach (var example in examples)
                {
                    output.WriteLine($"  {example}");
                }

                output.WriteLine();
            }

            return code;
        }
    }
}
