using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Web;

namespace PerfDash.Web.Layout;

/// <summary>The page around everything. Not prerendered: a page's figures would be asked for twice.</summary>
public sealed partial class App
{
    private static readonly InteractiveServerRenderMode Interactive = new(prerender: false);

    [CascadingParameter]
    private HttpContext? Context { get; set; }

    private string? Range => Context?.Request.Cookies[PageQuery.Cookie];

    private ThemeChoice Choice => ThemeChoices.Read(Context?.Request.Cookies[ThemeChoices.Cookie]);
}
