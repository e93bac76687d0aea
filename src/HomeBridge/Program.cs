namespace HomeBridge;

internal static class Program
{
    private static void Main()
    {
    }
}
