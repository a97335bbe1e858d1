using System.Security.Claims;
using Bunit;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using MudBlazor;
using MudBlazor.Services;
using PerfDash.Core.Access;
using PerfDash.Core.Collection;
using PerfDash.Core.Messaging;
using PerfDash.Core.Settings;
using PerfDash.Web.Access;
using PerfDash.Web.Live;
using PerfDash.Web.PageData;

namespace PerfDash.Tests.Components;

/// <summary>Renders components of the pages outside a browser, at a moment of the test's choice.</summary>
public abstract class PageContext : BunitContext, IAsyncLifetime
{
    protected static readonly DateTimeOffset Now = new(2026, 11, 24, 12, 0, 0, TimeSpan.Zero);

    protected PageContext()
    {
        Services.AddMudServices();
        var signedIn = this.AddAuthorization().SetAuthorized("Ada");
        signedIn.SetClaims(new Claim(ClaimTypes.Role, "admin"));
        signedIn.SetPolicies("viewer", "editor", "admin");
        Services.AddScoped<SignedIn>();
        // Its database is not asked: who is signed in here has no session.
        Services.AddSingleton(new SessionService(null!, Time));
        Services.AddSingleton<TimeProvider>(Time);
        Services.AddSingleton<LiveUpdates>();
        Services.AddSingleton<ListenerState>();
        Services.AddSingleton<CollectionState>();
        Services.AddSingleton<DatabaseCondition>();
        Services.AddSingleton<RefreshClock>();
        Services.AddScoped<LiveFeed>();
        Services.AddScoped<PageAddress>();
        Services.AddSingleton<SettingsUpdates>();
        Services.AddSingleton<SharedQueryCache>();
        JSInterop.Mode = JSRuntimeMode.Loose;
    }

    protected FakeTimeProvider Time { get; } = new(Now);

    /// <summary>Where menus and tooltips appear. The first use ends the adding of services.</summary>
    protected IRenderedComponent<MudPopoverProvider> Popovers
    {
        get
        {
            if (field is null)
            {
                SetRendererInfo(new("Server", true));
                field = Render<MudPopoverProvider>();
            }

            return field;
        }
    }

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;
}
