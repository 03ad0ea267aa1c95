using Sanctum.Agents;
using Sanctum.Credentials;

namespace Sanctum.Egress.Guesses;

/// <summary>
/// How often each agent's requests have held the secret that they were to be sent with. What is refused tells that the guess was right, so there are few of them:
/// an agent that has had its number can send nothing with that credential until an hour has passed since the first.
/// </summary>
internal sealed class GuessBook(int perHour, TimeProvider time)
{
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);

    private readonly Lock _lock = new();
    private readonly Dictionary<(AgentName Agent, CredentialPath Path), Queue<long>> _guesses = [];

    /// <summary>Takes another limit, for the next request on.</summary>
    public void Reconfigure(int now)
    {
        lock (_lock)
        {
            perHour = now;
        }
    }

    /// <exception cref="VaultException">The agent has guessed too often; rate limited.</exception>
    public void RequireOpen(AgentName agent, CredentialPath path)
    {
        lock (_lock)
        {
            if (_guesses.TryGetValue((agent, path), out var guesses) && WithinHour(guesses) >= perHour)
            {
                throw Errors.GuessedTooOften(path, Hour - time.GetElapsedTime(guesses.Peek()));
            }
        }
    }

    /// <summary>Counts one. Requests that were let in together are searched together, so the limit is checked here as well.</summary>
    /// <returns>How many there have been within the hour.</returns>
    /// <exception cref="VaultException">The agent has guessed too often; rate limited.</exception>
    public int Add(AgentName agent, CredentialPath path)
    {
        lock (_lock)
        {
            RequireOpen(agent, path);
            foreach (var (key, others) in _guesses)
            {
                if (WithinHour(others) == 0)
                {
                    _guesses.Remove(key);
                }
            }

            if (!_guesses.TryGetValue((agent, path), out var guesses))
            {
                _guesses[(agent, path)] = guesses = new Queue<long>();
            }

            guesses.Enqueue(time.GetTimestamp());
            return guesses.Count;
        }
    }

    private int WithinHour(Queue<long> guesses)
    {
        while (guesses.TryPeek(out var oldest) && time.GetElapsedTime(oldest) >= Hour)
        {
            guesses.Dequeue();
        }

        return guesses.Count;
    }
}
