using System.Globalization;
using HomeBridge.Benchmarks;

switch (args)
{
    case ["bridge", var homeFile, var devices]:
        await BridgeServer.Run(homeFile, int.Parse(devices, CultureInfo.InvariantCulture));
        return 0;
    case ["constant", var port]:
        await ConstantServer.Run(int.Parse(port, CultureInfo.InvariantCulture));
        return 0;
    case ["fulfillment", .. var rest]:
        return await FulfillmentBenchmark.Run(
            rounds: rest.Length > 0 ? int.Parse(rest[0], CultureInfo.InvariantCulture) : 5,
            turn: TimeSpan.FromSeconds(rest.Length > 1 ? double.Parse(rest[1], CultureInfo.InvariantCulture) : 4));
    case ["evidence", .. var rest]:
        return EvidenceBenchmark.Run(turns: rest.Length > 0 ? int.Parse(rest[0], CultureInfo.InvariantCulture) : 400);
    case ["suspensions", .. var rest]:
        return SuspensionBenchmark.Run(turns: rest.Length > 0 ? int.Parse(rest[0], CultureInfo.InvariantCulture) : 100);
    case ["relay", .. var rest]:
        return await RelayBenchmark.Run(
            turns: rest.Length > 0 ? int.Parse(rest[0], CultureInfo.InvariantCulture) : 5,
            turn: TimeSpan.FromSeconds(rest.Length > 1 ? double.Parse(rest[1], CultureInfo.InvariantCulture) : 2));
    default:
        Console.Error.WriteLine("dotnet run -c Release --project tests/HomeBridge.Benchmarks -- fulfillment [ROUNDS [SECONDS]] | evidence [TURNS] | suspensions [TURNS] | relay [TURNS [SECONDS]]");
        return 2;
}
