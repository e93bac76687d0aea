using System.Globalization;
using System.Text.Json;
using Spectre.Console;

namespace HomeBridge.Hbctl;

/// <summary>
/// Everything that is printed: for people, or the bridge's JSON. No colour where nobody sees it; words say what colours
/// say.
/// </summary>
internal sealed class Screen
{
    /// <summary>What a pipe or a file is taken to be as wide as.</summary>
    private const int PlainWidth = 80;

    /// <summary>A value has this much room, however narrow the terminal is.</summary>
    private const int MinWidth = 20;

    private static readonly JsonSerializerOptions Relaxed = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private static readonly JsonSerializerOptions Indented = new(Relaxed) { WriteIndented = true };

    private readonly IAnsiConsole _out;

    public Screen(bool json)
    {
        AsJson = json;
        IsTerminal = !Console.IsOutputRedirected;
        var coloured = IsTerminal && string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR"));
        _out = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = coloured ? AnsiSupport.Detect : AnsiSupport.No,
            ColorSystem = coloured ? ColorSystemSupport.Detect : ColorSystemSupport.NoColors,
            Interactive = InteractionSupport.No,
            Out = new AnsiConsoleOutput(Console.Out),
        });
        if (!IsTerminal)
        {
            _out.Profile.Width = PlainWidth;
        }
    }

    public bool AsJson { get; }

    public bool IsTerminal { get; }

    public static void Json(JsonElement answer) => Console.Out.WriteLine(JsonSerializer.Serialize(answer, Indented));

    /// <summary>As it is: a terminal wraps it, a pipe doesn't.</summary>
    public static void Line(string text = "") => Console.Out.WriteLine(Plain(text));

    /// <summary>The line that matters.</summary>
    public void Good(string text) => Styled(text, new Style(Color.Green, decoration: Decoration.Bold));

    public void Bad(string text) => Styled(text, new Style(Color.Red, decoration: Decoration.Bold));

    public void Note(string text) => Styled(text, new Style(Color.Grey));

    /// <summary>To the error stream, so that a pipe gets answers only.</summary>
    public void Complain(string sentence) => Console.Error.WriteLine(AsJson ? JsonSerializer.Serialize(new { error = sentence }, Relaxed) : Plain(sentence));

    /// <summary>Cells are whole, so that an id can be copied; what doesn't fit of the last one goes on under its beginning.</summary>
    public void Table(string[] columns, IEnumerable<string[]> rows)
    {
        var all = rows.Prepend(columns).ToList();
        int[] widths = [.. columns.Select((_, column) => all.Max(row => row[column].Length))];
        var gap = widths.Sum() + (2 * (widths.Length - 1)) <= _out.Profile.Width ? 2 : 1;
        var indent = widths[..^1].Sum(width => width + gap);
        foreach (var (number, row) in all.Index())
        {
            var cells = string.Concat(row[..^1].Select((cell, column) => cell.PadRight(widths[column] + gap)));
            var last = string.Join('\n' + new string(' ', indent), Wrapped(row[^1], Math.Max(_out.Profile.Width - indent, MinWidth)));
            Styled((cells + last).TrimEnd(), number == 0 ? new Style(Color.Grey) : Style.Plain);
        }
    }

    /// <summary>Names and values below each other; a value that is too long goes on under its beginning.</summary>
    public void Facts(params (string Name, string? Value)[] facts)
    {
        var shown = facts.Where(fact => !string.IsNullOrEmpty(fact.Value)).ToList();
        var indent = shown.Select(fact => fact.Name.Length).DefaultIfEmpty().Max() + 4;
        foreach (var (name, value) in shown)
        {
            _out.Write(new Text($"  {name}".PadRight(indent), new Style(Color.Grey)));
            Line(string.Join('\n' + new string(' ', indent), Wrapped(value!, Math.Max(_out.Profile.Width - indent - 1, MinWidth))));
        }
    }

    /// <summary>Begins anew at the top, on a terminal.</summary>
    public void Clear()
    {
        if (IsTerminal)
        {
            _out.Clear(home: true);
        }
    }

    /// <summary>Between words only: an id is never broken.</summary>
    private static IEnumerable<string> Wrapped(string text, int width)
    {
        var line = "";
        foreach (var word in text.Split(' '))
        {
            if (line.Length > 0 && line.Length + 1 + word.Length > width)
            {
                yield return line;
                line = word;
            }
            else
            {
                line = line.Length == 0 ? word : $"{line} {word}";
            }
        }

        yield return line;
    }

    /// <summary>
    /// What people and makers named may hold what a terminal obeys, or what turns the direction of the rest: it is shown as a mark.
    /// </summary>
    private static string Plain(string text) => text.Any(IsObeyed) ? string.Concat(text.Select(one => IsObeyed(one) ? '\uFFFD' : one)) : text;

    private static bool IsObeyed(char one) => one != '\n' && char.GetUnicodeCategory(one) is UnicodeCategory.Control or UnicodeCategory.Format;

    private void Styled(string text, Style style)
    {
        if (_out.Profile.Capabilities.ColorSystem == ColorSystem.NoColors)
        {
            Line(text);
            return;
        }

        _out.Write(new Text(Plain(text), style) { Overflow = Overflow.Fold });
        Line();
    }
}
