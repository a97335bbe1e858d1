using Microsoft.Extensions.Options;
using MimeKit;
using PerfDash.Core.Notifications.Channels;

namespace PerfDash.Core.Notifications;

/// <summary>Refuses settings of notifications that cannot work, naming the key.</summary>
internal sealed class NotificationOptionsCheck : IValidateOptions<NotificationOptions>
{
    public ValidateOptionsResult Validate(string? name, NotificationOptions options)
    {
        var errors = new List<string>();
        if (options.PublicUrl.Length > 0 && !TargetUrl.IsHttp(options.PublicUrl, out _))
            errors.Add($"{Key("PublicUrl")} must be an address that starts with http:// or https://.");
        for (var i = 0; i < options.Webhooks.Count; i++)
        {
            if (TargetUrl.Problem(options.Webhooks[i].Url, options.AllowPrivateNetworks) is { } problem)
                errors.Add($"{Key($"Webhooks:{i}:Url")} {problem}");
        }

        CheckSmtp(options.Smtp, errors);
        return errors.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(errors);
    }

    private static void CheckSmtp(SmtpOptions smtp, List<string> errors)
    {
        if (smtp.Host.Length == 0)
            return;
        if (smtp.Port is < 1 or > 65535)
            errors.Add($"{Key("Smtp:Port")} must be from 1 to 65535.");
        if (!MailboxAddress.TryParse(smtp.From, out _))
            errors.Add($"{Key("Smtp:From")} must be an e-mail address, the sender of every message.");
        if (smtp.Password.Length > 0 && smtp.Username.Length == 0)
            errors.Add($"{Key("Smtp:Username")} is required with {Key("Smtp:Password")}.");
        if (smtp.Username.Length > 0 && smtp.Security == SmtpSecurity.None)
            errors.Add($"{Key("Smtp:Security")} None would send the password unencrypted; use StartTls or Tls.");
    }

    private static string Key(string key) => $"{NotificationOptions.Section}:{key}";
}
