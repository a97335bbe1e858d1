using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Endpoints;
using Microsoft.AspNetCore.Components.Web;

namespace PerfDash.Web.Layout;

/// <summary>The page around everything. Not prerendered: a page's figures would be asked for twice.</summary>
public sealed partial class App
{
    private static readonly InteractiveServerRenderMode Interactive = new(prerender: false);

    [CascadingParameter]
    private HttpContext? Context { get; set; }

    /// <inheritdoc />
    protected override void OnInitialized()
    {
        if (Context?.GetEndpoint()?.Metadata.GetMetadata<ComponentTypeMetadata>()?.Type == typeof(NotFoundPage))
        {
            // Set earlier, the framework would leave the page out.
            Context.Response.OnStarting(() =>
            {
                Context.Response.StatusCode = StatusCodes.Status404NotFound;
                return Task.CompletedTask;
            });
        }
    }

    private ThemeChoice Choice => ThemeChoices.Read(Context?.Request.Cookies[ThemeChoices.Cookie]);
}
