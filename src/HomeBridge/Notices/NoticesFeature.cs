namespace HomeBridge.Notices;

/// <summary>What residents are told when they don't look.</summary>
internal static class NoticesFeature
{
    public static void AddNotices(this IServiceCollection services, NoticeOptions options)
    {
        services.AddSingleton(options);
        services.AddSingleton<ResidentNotices>();
        services.AddSingleton<NoticeChoices>();
        services.AddSingleton<NoticeOutbox>();
        services.AddSingleton<NoticeRounds>();
        services.AddSingleton<NoticeInstruments>();
        if (options.Webhook is { } webhook)
        {
            services.AddSingleton<INoticeChannel>(provider => new WebhookChannel(webhook, options, provider.GetRequiredService<TimeProvider>()));
        }

        if (options.Mail is { } mail)
        {
            services.AddSingleton<INoticeChannel>(new MailChannel(mail, options));
        }

        services.AddHostedService<NoticeSender>();
    }
}
