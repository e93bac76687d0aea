using System.Diagnostics;
using System.Globalization;
using HomeBridge.Tests.World;

namespace HomeBridge.Tests.Switch;

/// <summary>A stream gateway as it is deployed: a process of its own, which can be stopped and goes on later.</summary>
internal sealed class GatewayProcess : IAsyncDisposable
{
    private readonly Process _process;

    public GatewayProcess(Uri gateway, string bridgeUrl, string folder)
    {
        var start = new ProcessStartInfo("dotnet") { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = folder };
        var key = Path.Combine(folder, "snapshot.pub");
        File.WriteAllText(key, SnapshotSigning.Signer.PublicKeyPem);
        string[] arguments =
        [
            Path.Combine(AppContext.BaseDirectory, "HomeBridge.StreamGateway.dll"),
            "--Gateway:Name=gateway-1", $"--Gateway:ListenUrl={gateway.GetLeftPart(UriPartial.Authority)}", $"--Gateway:PublicUrl={gateway.GetLeftPart(UriPartial.Authority)}",
            $"--Gateway:BridgeUrl={bridgeUrl}", "--Gateway:Key=key", "--Gateway:SelfProbe=off", $"--Gateway:SnapshotKeyFile={key}",
        ];
        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        _process = Process.Start(start)!;
        _process.OutputDataReceived += (_, _) => { };
        _process.ErrorDataReceived += (_, _) => { };
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    public Task Stop() => Signal("STOP");

    public Task Continue() => Signal("CONT");

    public async ValueTask DisposeAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    private async Task Signal(string name)
    {
        using var kill = Process.Start("kill", [$"-{name}", _process.Id.ToString(CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync();
        Assert.Equal(0, kill.ExitCode);
    }
}
