using System.Globalization;
using Sanctum.Audit;
using Sanctum.Credentials;
using Sanctum.Egress;
using Sanctum.Operations;
using Sanctum.Policies;
using Sanctum.Sealing;

namespace Sanctum.Door;

/// <summary>
/// <c>http_request</c>: an exchange that is described in JSON and read to its end before any of it is given on. Its time and its size are limited, which
/// those of an <see cref="HttpExchange"/> are not.
/// </summary>
internal static class WholeExchange
{
    // {"status":200,"headers":{},"body_base64":""} and the like.
    private const int AroundBody = 256;

    /// <exception cref="VaultException">It is malformed, refused, or the service fails.</exception>
    public static async Task<OperationResult> RunAsync(
        UnsealedVault vault, Caller caller, CredentialPath path, CallParameters parameters, CancellationToken cancellationToken)
    {
        // 1 where it goes is decided on; all else is read once it is known that the agent may, and what is wrong is said then
        var target = HttpRequestParameters.TargetOf(parameters.Utf8);
        var callerOrSession = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, caller.Session.Ended);
        ExchangeParts? parts = null;
        try
        {
            // 2 decide
            var call = new Call(target, () => parameters.Digest(json => HttpRequestParameters.Read(json).Digest()));
            var authorized = await vault.Authorizer
                .RequireAsync(caller, PolicyActions.Use, path, AuditActions.Use, OperationNames.HttpRequest, call, callerOrSession.Token).ConfigureAwait(false);
            var result = await authorized.RunAsync(outcome =>
            {
                // Before anything is waited for: the bytes are the caller's until they have been read.
                var arguments = parameters.Read();
                var credential = vault.Credentials.Require(path);
                var asked = HttpRequestParameters.Read(arguments);

                // What was decided on is what is sent, should the two ever be read differently.
                parts = new ExchangeParts(
                    vault, caller, authorized, credential, target ?? throw new InvalidOperationException("this request has no decided destination"), callerOrSession, cancellationToken, total: vault.Egress.TimeoutOf(asked));
                outcome.Details = parts.Outcome;
                return ReceiveAsync(vault, caller, authorized, parts, asked, outcome);
            }).ConfigureAwait(false);

            // It runs until it is delivered: what was taken while its outcome was being recorded is taken from it as well.
            try
            {
                parts?.RequireNotWithdrawn();
                return result;
            }
            catch
            {
                result.Dispose();
                throw;
            }
        }
        finally
        {
            await (parts?.ReleaseAsync() ?? ValueTask.CompletedTask).ConfigureAwait(false);
            callerOrSession.Dispose();
        }
    }

    private static async ValueTask<HttpRequestResult> ReceiveAsync(
        UnsealedVault vault, Caller caller, Authorized authorized, ExchangeParts parts, HttpRequestParameters asked, Outcome outcome)
    {
        var draft = new RequestDraft
        {
            Target = parts.Target,
            Headers = asked.Headers,
            HeaderType = asked.HeaderType,
            HeaderName = asked.HeaderName,
            Limits = new GrantedLimits(authorized.Decision.LimitsPaths, authorized.Decision.LimitsMethods),
            Whole = new WholeBody(vault.Egress.Quota.BodiesOf(caller.Agent)),
            Given = asked.Body,
        };
        parts.Target.AddTo(parts.Outcome);
        try
        {
            // 3 check, put the secret in, record
            var route = await Preparing.PrepareAsync(vault, caller, authorized, parts, draft).ConfigureAwait(false);

            // 4 send it, and take in all of what comes back
            var most = vault.Options.MaxResultBytes;
            var received = await parts.ReceiveAsync(route, authorized.Decision.IsCounted, most - AroundBody).ConfigureAwait(false);
            var result = new HttpRequestResult(received);
            try
            {
                result.RequireFits(most);
                return result;
            }
            catch
            {
                result.Dispose();
                throw;
            }
        }
        catch (Exception failure) when (parts.Translate(failure) is var told && !ReferenceEquals(told, failure))
        {
            throw told;
        }
        finally
        {
            // What was taken out is told before the response is.
            outcome.IsRemarkable = parts.Request?.Progress.Found > 0;
        }
    }
}
