using System.Net;
using System.Net.Sockets;

namespace HomeBridge.Tests.Switch;

/// <summary>A network that can go silent: connections stay open, and nothing comes through.</summary>
internal sealed class SwallowingProxy : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly Uri _to;
    private readonly Task _accepting;

    public SwallowingProxy(Uri to)
    {
        _to = to;
        _listener.Start();
        _accepting = Accept();
    }

    public string Url => $"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}";

    public bool Swallows { get; set; }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        await _accepting.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stop.Dispose();
    }

    private async Task Accept()
    {
        while (!_stop.IsCancellationRequested)
        {
            var near = await _listener.AcceptTcpClientAsync(_stop.Token);
            _ = Join(near);
        }
    }

    private async Task Join(TcpClient near)
    {
        using var own = near;
        using var far = new TcpClient();
        try
        {
            await far.ConnectAsync(_to.Host, _to.Port, _stop.Token);
            await Task.WhenAny(Pass(near, far), Pass(far, near));
        }
        catch (Exception gone) when (gone is IOException or SocketException or OperationCanceledException)
        {
            // One side is gone.
        }
    }

    private async Task Pass(TcpClient from, TcpClient to)
    {
        var buffer = new byte[16 * 1024];
        while (await from.GetStream().ReadAsync(buffer, _stop.Token) is > 0 and var length)
        {
            if (!Swallows)
            {
                await to.GetStream().WriteAsync(buffer.AsMemory(0, length), _stop.Token);
            }
        }
    }
}
