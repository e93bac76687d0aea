using System.Buffers;
using System.Text.Json;
using HomeBridge.Devices;
using HomeBridge.Hosting.StrangersJson;

namespace HomeBridge.Fulfillment;

/// <summary>Reads the platform's JSON. Members that the protocol does not know are ignored: the platform adds fields.</summary>
internal static class RequestReader
{
    /// <summary>
    /// Executions of one request, each on each device of its group: ten thousand devices, and room to spare. Without it
    /// a body of long lists asks for their product.
    /// </summary>
    public const int ExecutionsMax = 20_000;

    private const string IntentPrefix = "action.devices.";
    private const string CommandPrefix = "action.devices.commands.";

    /// <summary>JSON of another shape is a request without an intent; text that is not JSON throws.</summary>
    /// <exception cref="NotJsonException">400.</exception>
    public static FulfillmentRequest Read(ReadOnlySequence<byte> body)
    {
        try
        {
            var json = JsonInput.Open(body);
            string? requestId = null;
            Intent? intent = null;
            foreach (var name in json.Members())
            {
                switch (name)
                {
                    case "requestId": requestId = json.Text(); break;
                    case "inputs": intent = ReadInputs(json); break;
                    default: json.Skip(); break;
                }
            }

            return requestId is null || intent is null
                ? throw new JsonShapeException("No requestId or no inputs.")
                : new FulfillmentRequest(requestId, intent);
        }
        catch (JsonShapeException)
        {
            return new FulfillmentRequest(RequestIdOf(body), null);
        }
    }

    private static Intent ReadInputs(JsonInput json)
    {
        Intent? intent = null;
        foreach (var index in json.Items())
        {
            // "inputs" is an array with one element, always: a second one would need a second answer.
            intent = index == 0 ? ReadInput(json) : throw new JsonShapeException("More than one input.");
        }

        return intent ?? throw new JsonShapeException("No input.");
    }

    private static Intent ReadInput(JsonInput json)
    {
        string? intent = null;
        Payload? payload = null;
        foreach (var name in json.Members())
        {
            switch (name)
            {
                case "intent": intent = json.Text(); break;
                case "payload": payload = ReadPayload(json); break;
                default: json.Skip(); break;
            }
        }

        return (intent, payload) switch
        {
            (IntentPrefix + "SYNC", _) => new Intent.Sync(),
            (IntentPrefix + "DISCONNECT", _) => new Intent.Disconnect(),
            (IntentPrefix + "QUERY", { Devices: { Count: > 0 } devices }) => new Intent.Query(devices),
            (IntentPrefix + "EXECUTE", { Commands: { Count: > 0 } commands }) => new Intent.Execute(commands),
            _ => throw new JsonShapeException("An intent that is not the protocol's, or without its payload."),
        };
    }

    private static Payload ReadPayload(JsonInput json)
    {
        List<string>? devices = null;
        List<CommandGroup>? commands = null;
        foreach (var name in json.Members())
        {
            switch (name)
            {
                case "devices": devices = ReadDevices(json); break;
                case "commands": commands = ReadCommands(json); break;
                default: json.Skip(); break;
            }
        }

        return new Payload(devices, commands);
    }

    private static List<string> ReadDevices(JsonInput json)
    {
        var devices = new List<string>();
        foreach (var _ in json.Items())
        {
            string? id = null;
            foreach (var name in json.Members())
            {
                if (name == "id")
                {
                    id = json.Text();
                }
                else
                {
                    json.Skip();
                }
            }

            devices.Add(id ?? throw new JsonShapeException("A device without id."));
        }

        return devices;
    }

    private static List<CommandGroup> ReadCommands(JsonInput json)
    {
        var commands = new List<CommandGroup>();
        var asked = 0L;
        foreach (var _ in json.Items())
        {
            List<string>? devices = null;
            List<Execution>? executions = null;
            foreach (var name in json.Members())
            {
                switch (name)
                {
                    case "devices": devices = ReadDevices(json); break;
                    case "execution": executions = ReadExecutions(json); break;
                    default: json.Skip(); break;
                }
            }

            commands.Add(devices is { Count: > 0 } && executions is { Count: > 0 }
                ? new CommandGroup(devices, executions)
                : throw new JsonShapeException("A command without devices or executions."));
            asked += (long)devices.Count * executions.Count;
            if (asked > ExecutionsMax)
            {
                throw new JsonShapeException("More executions than one request may have.");
            }
        }

        return commands;
    }

    private static List<Execution> ReadExecutions(JsonInput json)
    {
        var executions = new List<Execution>();
        foreach (var _ in json.Items())
        {
            string? command = null;
            JsonMap parameters = [];
            ChallengeAnswer? challenge = null;
            foreach (var name in json.Members())
            {
                switch (name)
                {
                    case "command": command = json.Text(); break;
                    case "params": parameters = json.Map(); break;
                    case "challenge": challenge = ReadChallenge(json); break;
                    default: json.Skip(); break;
                }
            }

            executions.Add(command is null
                ? throw new JsonShapeException("An execution without command.")
                : new Execution(
                    command.StartsWith(CommandPrefix, StringComparison.Ordinal) ? command[CommandPrefix.Length..] : "", parameters, challenge));
        }

        return executions;
    }

    private static ChallengeAnswer ReadChallenge(JsonInput json)
    {
        bool? ack = null;
        string? pin = null;
        foreach (var name in json.Members())
        {
            switch (name)
            {
                case "ack": ack = json.Flag(); break;
                case "pin": pin = json.Text(); break;
                default: json.Skip(); break;
            }
        }

        return new ChallengeAnswer(ack, pin);
    }

    /// <summary>A request of a wrong shape is still answered under its own id, wherever in the text that stands.</summary>
    private static string RequestIdOf(ReadOnlySequence<byte> body)
    {
        var reader = new Utf8JsonReader(body, new JsonReaderOptions { MaxDepth = 1000 });
        if (!reader.Read() || reader.TokenType is not JsonTokenType.StartObject)
        {
            return "";
        }

        while (reader.Read() && reader.TokenType is JsonTokenType.PropertyName)
        {
            var isRequestId = reader.ValueTextEquals("requestId"u8);
            reader.Read();
            if (isRequestId && reader.TokenType is JsonTokenType.String)
            {
                try
                {
                    return reader.GetString()!;
                }
                catch (InvalidOperationException)
                {
                    // Half a surrogate pair: no text.
                    return "";
                }
            }

            reader.Skip();
        }

        return "";
    }

    private sealed record Payload(IReadOnlyList<string>? Devices, IReadOnlyList<CommandGroup>? Commands);
}
