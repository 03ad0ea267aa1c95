using System.Collections.Concurrent;
using System.Diagnostics;
using Sanctum.Client;
using Sanctum.Daemon.Admin;

namespace Sanctum.Storage.Postgres.Tests.History;

/// <summary>What became of something that was asked for.</summary>
internal enum Outcome
{
    /// <summary>It was acknowledged.</summary>
    Done,

    /// <summary>It was refused: it has not happened.</summary>
    Refused,

    /// <summary>It failed, and the message says that it has not happened: nothing was written, or no daemon was there.</summary>
    NotWritten,

    /// <summary>It failed: nobody knows whether it happened.</summary>
    Unknown,
}

/// <summary>Something that was asked for, from when to when, by one clock for all.</summary>
/// <param name="Kind">What.</param>
/// <param name="Start">Before it was sent, in ticks.</param>
/// <param name="End">After the response was there.</param>
/// <param name="Outcome">What became of it.</param>
/// <param name="Result">What it gave.</param>
/// <param name="Subject">What it was done to, where that tells it from all others.</param>
internal sealed record Operation(string Kind, long Start, long End, Outcome Outcome, string? Result, string? Subject);

/// <summary>Everything that was asked for.</summary>
internal sealed class Records
{
    private readonly ConcurrentQueue<Operation> _all = new();

    public async Task<Operation> MakeAsync(string kind, Func<Task<string?>> make, string? subject = null)
    {
        var start = Stopwatch.GetTimestamp();
        var (outcome, result) = await OutcomeOfAsync(make);
        var operation = new Operation(kind, start, Stopwatch.GetTimestamp(), outcome, result, subject);
        _all.Enqueue(operation);
        return operation;
    }

    public IReadOnlyList<Operation> Of(string kind) => [.. _all.Where(operation => operation.Kind == kind)];

    public int CountOf(string kind, Outcome outcome) => _all.Count(operation => operation.Kind == kind && operation.Outcome == outcome);

    private static async Task<(Outcome Outcome, string? Result)> OutcomeOfAsync(Func<Task<string?>> make)
    {
        try
        {
            return (Outcome.Done, await make());
        }
        catch (Exception refused) when (refused is RateLimitedException or AccessDeniedException or CredentialNotFoundException or LeaseExpiredException or AuthException or SessionExpiredException)
        {
            return (Outcome.Refused, refused.GetType().Name);
        }
        catch (Client.VaultException waits) when (waits.Code == "APPROVAL_REQUIRED")
        {
            return (Outcome.Refused, waits.Code);
        }
        catch (Exception failed) when (failed is Client.VaultException or OperationCanceledException or IOException)
        {
            return (Failed(failed.Message), failed.Message);
        }
        catch (OperatorException refused) when (refused.Code is "CONFLICT" or "NOT_FOUND")
        {
            return (Outcome.Refused, refused.Code);
        }
        catch (OperatorException failed)
        {
            return (Failed(failed.Message), failed.Message);
        }
    }

    // An agent hears no more than that its call failed.
    private static Outcome Failed(string message) =>
        message.Contains("nothing was written", StringComparison.Ordinal) || message.Contains("can't be reached", StringComparison.Ordinal) || message.Contains("no daemon is running", StringComparison.Ordinal)
            ? Outcome.NotWritten
            : Outcome.Unknown;
}
