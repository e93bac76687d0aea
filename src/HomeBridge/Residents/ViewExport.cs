using System.Globalization;
using System.Text;
using System.Text.Json;
using HomeBridge.Hosting.Pages;

namespace HomeBridge.Residents;

/// <summary>A home's views as a file. Times in UTC, in names that a program can rely on.</summary>
internal static class ViewExport
{
    private const string Columns = "start,end,last_picture,length_seconds,camera,camera_id,platform,link,linked,ended_how,view";

    /// <summary>RFC 4180. A cell that a spreadsheet would take for a formula begins with an apostrophe.</summary>
    public static string Csv(IReadOnlyList<CameraView> views, DateTimeOffset now)
    {
        var text = new StringBuilder(Columns).Append("\r\n");
        foreach (var view in views)
        {
            text.AppendJoin(',', Cells(view, now).Select(Cell)).Append("\r\n");
        }

        return text.ToString();
    }

    public static string Json(IReadOnlyList<CameraView> views, DateTimeOffset now) => JsonSerializer.Serialize(
        new
        {
            exported_at = Utc(now),
            note = "Who stood in front of a display is not known: platforms do not say.",
            views = views.Select(view => new
            {
                start = Utc(view.Start),
                end = Utc(view.EndedAt),
                last_picture = Utc(view.LastPicture),
                length_seconds = Seconds(view, now),
                camera = view.CameraName,
                camera_id = view.Camera,
                platform = view.PlatformName,
                link = view.Link,
                linked = Utc(view.LinkedAt),
                ended_how = Word(view.End),
                view = view.Id,
            }),
        },
        Indented);

    /// <summary>How a view ended, for programs: <c>stopped_by_you</c>.</summary>
    public static string Word(ViewEnd end) => JsonNamingPolicy.SnakeCaseLower.ConvertName(end.ToString());

    /// <summary>An answer that a browser saves.</summary>
    public static IResult Download(HttpContext context, string text, string type, string name)
    {
        PageHeaders.Set(context.Response.Headers);
        context.Response.Headers.ContentDisposition = $"attachment; filename=\"{name}\"";
        return Results.Text(text, type, Encoding.UTF8);
    }

    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    private static string?[] Cells(CameraView view, DateTimeOffset now) =>
    [
        Utc(view.Start), Utc(view.EndedAt), Utc(view.LastPicture), Seconds(view, now)?.ToString(CultureInfo.InvariantCulture), view.CameraName, view.Camera,
        view.PlatformName, view.Link, Utc(view.LinkedAt), Word(view.End), view.Id,
    ];

    /// <summary>Names come from makers and configurations: what looks like a formula is text.</summary>
    internal static string Cell(string? value)
    {
        var text = value ?? "";
        if (text.Length > 0 && (text[0] is '=' or '+' or '-' or '@' or '\t' or '\r' or '\n' or '＝' or '＋' or '－' or '＠'))
        {
            text = "'" + text;
        }

        return text.AsSpan().IndexOfAny(",\"\r\n") < 0 && text == text.Trim() ? text : $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
    }

    private static long? Seconds(CameraView view, DateTimeOffset now) => view.Length(now) is { } length ? (long)Math.Round(length.TotalSeconds) : null;

    private static string? Utc(DateTimeOffset? at) => at?.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture);
}
