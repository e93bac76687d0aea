namespace HomeBridge.StreamGateway;

internal static class Program
{
    private static void Main()
    {
    }
}
