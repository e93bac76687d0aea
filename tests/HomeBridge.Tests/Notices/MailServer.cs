using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace HomeBridge.Tests.Notices;

/// <summary>What a mail server does with the next client.</summary>
internal enum MailMood
{
    Well,

    /// <summary>Takes the connection and says nothing.</summary>
    Hangs,

    /// <summary>Closes it in the middle of the mail.</summary>
    Closes,

    /// <summary>Refuses the mail.</summary>
    Refuses,
}

/// <summary>A small SMTP server without encryption: takes mail and keeps it as it came.</summary>
internal sealed class MailServer : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _serving;

    public MailServer()
    {
        _listener.Start();
        _serving = Serve();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public MailMood Mood { get; set; }

    /// <summary>Every line that a client said.</summary>
    public ConcurrentQueue<string> Said { get; } = new();

    /// <summary>Mails as they came: headers, an empty line, the body.</summary>
    public ConcurrentQueue<string> Mails { get; } = new();

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        await _serving;
        _stop.Dispose();
    }

    private async Task Serve()
    {
        try
        {
            while (true)
            {
                _ = Serve(await _listener.AcceptTcpClientAsync(_stop.Token));
            }
        }
        catch (Exception over) when (over is OperationCanceledException or ObjectDisposedException or SocketException)
        {
            // Stopped.
        }
    }

    private async Task Serve(TcpClient client)
    {
        using var connection = client;
        try
        {
            if (Mood == MailMood.Hangs)
            {
                await Task.Delay(Timeout.Infinite, _stop.Token);
            }

            using var reader = new StreamReader(client.GetStream(), Encoding.UTF8);
            await using var writer = new StreamWriter(client.GetStream(), new UTF8Encoding(false)) { NewLine = "\r\n", AutoFlush = true };
            await writer.WriteLineAsync("220 mail.test");
            while (await reader.ReadLineAsync(_stop.Token) is { } line)
            {
                Said.Enqueue(line);
                switch (line.Split(' ')[0].ToUpperInvariant())
                {
                    case "DATA" when Mood == MailMood.Closes:
                        return;
                    case "MAIL" when Mood == MailMood.Refuses:
                        await writer.WriteLineAsync("450 not now");
                        break;
                    case "DATA":
                        await writer.WriteLineAsync("354 go on");
                        var mail = new StringBuilder();
                        while (await reader.ReadLineAsync(_stop.Token) is { } part && part != ".")
                        {
                            mail.Append(part.StartsWith('.') ? part[1..] : part).Append('\n');
                        }

                        Mails.Enqueue(mail.ToString());
                        await writer.WriteLineAsync("250 taken");
                        break;
                    case "QUIT":
                        await writer.WriteLineAsync("221 bye");
                        return;
                    default:
                        await writer.WriteLineAsync("250 ok");
                        break;
                }
            }
        }
        catch (Exception gone) when (gone is IOException or OperationCanceledException)
        {
            // The client left, or the test is over.
        }
    }
}
