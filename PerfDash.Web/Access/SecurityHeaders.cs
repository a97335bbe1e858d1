namespace PerfDash.Web.Access;

/// <summary>Headers that keep a page from running or showing anything that is not PerfDash's own.</summary>
internal static class SecurityHeaders
{
    /// <summary>Adds them; the API reference has a policy of its own.</summary>
    public static void AddSecurityHeaders(this IServiceCollection services)
    {
        var (pages, reference) = (CreatePolicy(isReference: false), CreatePolicy(isReference: true));
        services.AddSecurityHeaderPolicies()
            .SetPolicySelector(context => context.HttpContext.Request.Path.StartsWithSegments(PerfDashUrls.ApiReference) ? reference : pages);
    }

    private static HeaderPolicyCollection CreatePolicy(bool isReference) => new HeaderPolicyCollection()
        .AddContentTypeOptionsNoSniff()
        .AddReferrerPolicySameOrigin()
        .AddCrossOriginOpenerPolicy(opener => opener.SameOrigin())
        .AddCrossOriginResourcePolicy(resource => resource.SameOrigin())
        .AddPermissionsPolicy(permissions =>
        {
            permissions.AddCamera().None();
            permissions.AddMicrophone().None();
            permissions.AddGeolocation().None();
            permissions.AddPayment().None();
            permissions.AddUsb().None();
            permissions.AddCustomFeature("browsing-topics").None();
        })
        .AddContentSecurityPolicy(content =>
        {
            content.AddDefaultSrc().Self();
            content.AddConnectSrc().Self();
            content.AddObjectSrc().None();
            content.AddBaseUri().Self();
            content.AddFormAction().Self();
            content.AddFrameAncestors().None();
            // MudBlazor and ApexCharts set style attributes; scripts come from files of this application only.
            content.AddStyleSrc().Self().UnsafeInline();
            content.AddImgSrc().Self().Data().Blob();
            var (scripts, fonts) = (content.AddScriptSrc().Self(), content.AddFontSrc().Self());
            if (!isReference)
                return;
            // Scalar's page has an inline module, and fonts within its styles.
            scripts.UnsafeInline();
            fonts.Data();
        });
}
