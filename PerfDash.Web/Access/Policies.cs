using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Components;
using PerfDash.Data;
using PerfDash.Web.Hosting.Startup;

namespace PerfDash.Web.Access;

/// <summary>The rule of every route and page: which role it needs.</summary>
internal static class Policies
{
    public const string Viewer = "viewer";
    public const string Editor = "editor";
    public const string Admin = "admin";
    public const string Ingest = "ingest";

    /// <summary>Adds a policy for each role. An address without a route needs a viewer; a route without a rule keeps the program from starting.</summary>
    public static void AddPolicies(this IServiceCollection services)
    {
        var authorization = services.AddAuthorizationBuilder();
        foreach (var role in Enum.GetValues<Role>())
            authorization.AddPolicy(role.ToText(), Create(role));
        authorization.SetFallbackPolicy(Create(Role.Viewer)).SetDefaultPolicy(Create(Role.Viewer));
    }

    private static AuthorizationPolicy Create(Role role) =>
        new AuthorizationPolicyBuilder().RequireAuthenticatedUser().RequireAssertion(context => context.User.ToActor().May(role)).Build();

    /// <summary>Routes of a group read with the role viewer and change with the role editor, unless they say otherwise.</summary>
    public static TBuilder WithRights<TBuilder>(this TBuilder routes)
        where TBuilder : IEndpointConventionBuilder
    {
        routes.Finally(endpoint =>
        {
            if (endpoint.Metadata.Any(m => m is IAuthorizeData or IAllowAnonymous))
                return;
            var reads = endpoint.Metadata.OfType<IHttpMethodMetadata>().LastOrDefault()?.HttpMethods.All(m => HttpMethods.IsGet(m) || HttpMethods.IsHead(m)) == true;
            endpoint.Metadata.Add(new AuthorizeAttribute(reads ? Viewer : Editor));
        });
        return routes;
    }

    /// <summary>Refuses to start with a route or page that has no rule.</summary>
    /// <exception cref="StartupException">There is one.</exception>
    public static void CheckRules(this WebApplication app)
    {
        // The framework's own route for missing files, in development only, has the fallback policy.
        var routes = ((IEndpointRouteBuilder)app).DataSources.SelectMany(source => source.Endpoints)
            .Where(e => e.DisplayName != "Fallback {**path:file}" && !e.Metadata.Any(m => m is IAuthorizeData or IAllowAnonymous)).Select(e => e.DisplayName);
        // A page is opened within a circuit too, where only its own attribute is looked at.
        var pages = typeof(Policies).Assembly.GetTypes()
            .Where(t => t.IsDefined(typeof(RouteAttribute), false) && !t.GetCustomAttributes(true).Any(a => a is IAuthorizeData or IAllowAnonymous)).Select(t => t.Name);
        if (routes.Concat(pages).ToList() is { Count: > 0 } open)
            throw new StartupException($"These have no rule who may use them: {string.Join(", ", open)}.");
    }
}
