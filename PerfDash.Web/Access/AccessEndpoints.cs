using Microsoft.AspNetCore.Http.HttpResults;
using PerfDash.Web.Api;
using PerfDash.Web.Api.Responses;

namespace PerfDash.Web.Access;

/// <summary><c>/access</c>: who one is, accounts, keys, the audit trail, and signing in for scripts.</summary>
internal static class AccessEndpoints
{
    public static void MapAccess(this IEndpointRouteBuilder routes)
    {
        var access = routes.MapGroup(PerfDashUrls.Access).WithResponses();
        access.MapGet("/me", GetMe).WithName("GetMe").WithSummary("Get the name, role and kind of the caller").RequireAuthorization(Policies.Viewer);
        access.MapPost("/sign-in", SignInAsync).WithName("SignIn").WithSummary("Sign in with an account and get a session cookie")
            .Accepts<SignInInput>("application/json").Produces(204).ProducesValidationProblem().ProducesProblem(401).ProducesProblem(429)
            .AllowAnonymous().RequireRateLimiting(AccessServices.SignInLimit);

        var admin = access.MapGroup("").RequireAuthorization(Policies.Admin);
        admin.MapGet("/accounts", ListAccountsAsync).WithName("ListAccounts").WithSummary("List accounts").WithCsv("items", (ItemsResponse<AccountItem> a) => a.Items);
        admin.MapPost("/accounts", CreateAccountAsync).WithName("CreateAccount").WithSummary("Create an account")
            .Accepts<AccountInput>("application/json").Produces<AccountItem>(201).ProducesValidationProblem();
        admin.MapPut("/accounts/{id:long}", UpdateAccountAsync).WithName("UpdateAccount").WithSummary("Change the role or password of an account, disable or enable it. Omitted fields keep their values")
            .WithDescription("Ends the sessions of the account. The last enabled admin account cannot be disabled or demoted.")
            .Accepts<AccountInput>("application/json").Produces<AccountItem>().ProducesValidationProblem().ProducesProblem(404).ProducesProblem(409);
        admin.MapDelete("/accounts/{id:long}", DeleteAccountAsync).WithName("DeleteAccount").WithSummary("Delete an account and end its sessions")
            .Produces(204).ProducesProblem(404).ProducesProblem(409);
        admin.MapPost("/accounts/{id:long}/sign-out", SignOutAccountAsync).WithName("SignOutAccount").WithSummary("End all sessions of an account").Produces(204).ProducesProblem(404);
        admin.MapGet("/keys", ListKeysAsync).WithName("ListKeys").WithSummary("List API keys, newest first").WithCsv("items", (ItemsResponse<ApiKeyItem> a) => a.Items);
        admin.MapPost("/keys", CreateKeyAsync).WithName("CreateKey").WithSummary("Create an API key. The key is returned this once")
            .Accepts<ApiKeyInput>("application/json").Produces<NewApiKey>(201).ProducesValidationProblem();
        admin.MapDelete("/keys/{id:long}", RevokeKeyAsync).WithName("RevokeKey").WithSummary("Revoke an API key").Produces(204).ProducesProblem(404);
        admin.MapGet("/audit", GetAuditAsync).WithName("ListAudit").WithSummary("List sign-ins, failures and changes, newest first")
            .Produces<CursorPage<AuditItem>>().ProducesValidationProblem()
            .WithCsv("items", (CursorPage<AuditItem> a) => a.Items).WithNextPage((CursorPage<AuditItem> a) => a.NextCursor);
        routes.MapGroup(PerfDashUrls.Access).MapUnknown();
    }

    private static Ok<MeResponse> GetMe(HttpContext context)
    {
        var actor = context.Actor();
        return TypedResults.Ok(new MeResponse(actor.Name, actor.Role!.Value, actor.Kind));
    }

    private static async Task<IResult> SignInAsync(HttpContext context, PasswordSignIn signIn, CancellationToken cancellationToken)
    {
        var (input, refusal) = await context.Request.ReadAsync<SignInInput>(cancellationToken);
        if (input is null)
            return refusal!;
        var attempt = await signIn.TryAsync(input.Name, input.Password, input.Code, context);
        return attempt.Status switch
        {
            SignInStatus.Done => TypedResults.NoContent(),
            SignInStatus.TooSoon => TypedResults.Problem(SignInEndpoints.TooSoon(context, attempt.RetryAfter), statusCode: StatusCodes.Status429TooManyRequests),
            SignInStatus.CodeNeeded => TypedResults.Problem("This account needs a code of its authenticator app, or a recovery code, as \"code\".", statusCode: StatusCodes.Status401Unauthorized),
            SignInStatus.WrongCode => TypedResults.Problem(SignInEndpoints.WrongCode, statusCode: StatusCodes.Status401Unauthorized),
            _ => TypedResults.Problem(SignInEndpoints.WrongPassword, statusCode: StatusCodes.Status401Unauthorized),
        };
    }

    private static async Task<Ok<ItemsResponse<AccountItem>>> ListAccountsAsync(HttpContext context, AccountService accounts, CancellationToken cancellationToken) =>
        TypedResults.Ok(new ItemsResponse<AccountItem>(await accounts.ListAsync(context.Actor(), cancellationToken)));

    private static async Task<IResult> CreateAccountAsync(HttpContext context, AccountService accounts, CancellationToken cancellationToken)
    {
        var (input, refusal) = await context.Request.ReadAsync<AccountInput>(cancellationToken);
        if (input is null)
            return refusal!;
        var made = await accounts.CreateAsync(input, context.Actor(), cancellationToken);
        return made.Item is { } item ? TypedResults.Created($"{PerfDashUrls.Access}/accounts/{item.Id}", item) : Refusal(made, 0);
    }

    private static async Task<IResult> UpdateAccountAsync(long id, HttpContext context, AccountService accounts, CancellationToken cancellationToken)
    {
        var (input, refusal) = await context.Request.ReadAsync<AccountInput>(cancellationToken);
        if (input is null)
            return refusal!;
        var changed = await accounts.UpdateAsync(id, input, context.Actor(), cancellationToken);
        return changed.Item is { } item ? TypedResults.Ok(item) : Refusal(changed, id);
    }

    private static async Task<IResult> DeleteAccountAsync(long id, HttpContext context, AccountService accounts, CancellationToken cancellationToken)
    {
        var deleted = await accounts.DeleteAsync(id, context.Actor(), cancellationToken);
        return deleted.Item is not null ? TypedResults.NoContent() : Refusal(deleted, id);
    }

    private static async Task<IResult> SignOutAccountAsync(long id, HttpContext context, AccountService accounts, CancellationToken cancellationToken)
    {
        var done = await accounts.SignOutAsync(id, context.Actor(), cancellationToken);
        return done.Item is not null ? TypedResults.NoContent() : Refusal(done, id);
    }

    private static async Task<Ok<ItemsResponse<ApiKeyItem>>> ListKeysAsync(HttpContext context, ApiKeyService keys, CancellationToken cancellationToken) =>
        TypedResults.Ok(new ItemsResponse<ApiKeyItem>(await keys.ListAsync(context.Actor(), cancellationToken)));

    private static async Task<IResult> CreateKeyAsync(HttpContext context, ApiKeyService keys, CancellationToken cancellationToken)
    {
        var (input, refusal) = await context.Request.ReadAsync<ApiKeyInput>(cancellationToken);
        if (input is null)
            return refusal!;
        var made = await keys.CreateAsync(input, context.Actor(), cancellationToken);
        return made.Item is { } key
            ? TypedResults.Created($"{PerfDashUrls.Access}/keys/{key.Id}", key)
            : ApiResponses.Invalid(new Dictionary<string, string[]>(made.Errors));
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> RevokeKeyAsync(long id, HttpContext context, ApiKeyService keys, CancellationToken cancellationToken) =>
        await keys.RevokeAsync(id, context.Actor(), cancellationToken) ? TypedResults.NoContent() : ApiResponses.Unknown($"key {id}");

    private static async Task<IResult> GetAuditAsync(
        string? from, string? to, string? limit, string? cursor, HttpContext context, AuditQueries audit, TimeProvider time, CancellationToken cancellationToken)
    {
        var (range, errors) = TimeRange.Parse(from, to, time.GetUtcNow());
        var count = Paging.Limit(limit, errors);
        if (errors.Count > 0)
            return ApiResponses.Invalid(errors);
        return await audit.GetAsync(range, count, string.IsNullOrEmpty(cursor) ? null : cursor, context.Actor(), cancellationToken) is { } page
            ? TypedResults.Ok(page)
            : Paging.InvalidCursor();
    }

    private static IResult Refusal(EditResult<AccountItem> result, long id) => result.Refusal($"account {id}", AccountService.LastAdmin);
}

/// <summary>Who the caller is.</summary>
/// <param name="Name">Name of the account or key.</param>
/// <param name="Role">What the caller may do.</param>
/// <param name="Kind"><c>account</c>, <c>key</c>, <c>owner</c> (signed in with a one-time link) or <c>bootstrap</c> (the key from the configuration).</param>
internal sealed record MeResponse(string Name, Role Role, ActorKind Kind);

/// <summary>Name and password of an account.</summary>
/// <param name="Name">User name or e-mail address.</param>
/// <param name="Password">The password.</param>
/// <param name="Code">A code of the authenticator app or a recovery code, for an account with two-factor authentication.</param>
internal sealed record SignInInput(string? Name, string? Password, string? Code);
