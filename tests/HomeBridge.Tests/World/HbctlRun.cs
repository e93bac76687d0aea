using System.Diagnostics;
using System.Text;

namespace HomeBridge.Tests.World;

/// <summary>One run of the command line tool, as an operator's shell would start it.</summary>
public sealed record HbctlRun(int Code, string Output, string Errors)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    public static string Program => Path.Combine(AppContext.BaseDirectory, "hbctl.dll");

    /// <param name="environment">HBCTL_URL, HBCTL_TOKEN and the like.</param>
    /// <param name="arguments">What stands behind <c>hbctl</c>.</param>
    public static Task<HbctlRun> Of(IReadOnlyDictionary<string, string> environment, params string[] arguments) => Start(environment, null, arguments);

    /// <summary>The same, told each line of the error stream as it comes.</summary>
    public static async Task<HbctlRun> Start(IReadOnlyDictionary<string, string> environment, Func<string, Task>? told, params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet") { UseShellExecute = false, RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var argument in (string[])[Program, .. arguments])
        {
            start.ArgumentList.Add(argument);
        }

        foreach (var name in (string[])["HBCTL_URL", "HBCTL_TOKEN", "HBCTL_BREAKGLASS", "NO_COLOR"])
        {
            start.Environment.Remove(name);
        }

        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        try
        {
            using var patience = new CancellationTokenSource(Patience);
            var output = process.StandardOutput.ReadToEndAsync(patience.Token);
            var errors = new StringBuilder();
            while (await process.StandardError.ReadLineAsync(patience.Token) is { } line)
            {
                errors.AppendLine(line);
                if (told is not null)
                {
                    await told(line);
                }
            }

            await process.WaitForExitAsync(patience.Token);
            return new HbctlRun(process.ExitCode, await output, errors.ToString());
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill(entireProcessTree: true);
            }
        }
    }
}
