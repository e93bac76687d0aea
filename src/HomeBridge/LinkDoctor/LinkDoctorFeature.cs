namespace HomeBridge.LinkDoctor;

/// <summary>For one linking attempt or one request: every step, and where it stopped.</summary>
internal static class LinkDoctorFeature
{
    public static void AddLinkDoctor(this IServiceCollection services)
    {
        services.AddSingleton<Steps>();
        services.AddSingleton<StepStore>();
        services.AddSingleton<Doctor>();
        services.AddHostedService<StepWriter>();
    }
}
