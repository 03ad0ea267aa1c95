using Sanctum.Agents;

namespace Sanctum.Door;

/// <summary>
/// How many runs agents have, and placeholders in them. A placeholder has tables by which it is found in requests, of about 50 KiB, for as long as its run is open. Nobody has more of
/// either than they leave to others.
/// </summary>
internal sealed class RunQuota
{
    /// <summary>Runs of one agent.</summary>
    public const int MostOfAgent = 64;

    /// <summary>Runs of all agents.</summary>
    public const int Most = 1024;

    /// <summary>Placeholders of all agents' runs: 100 MiB.</summary>
    public const int MostPlaceholders = 2048;

    private readonly Lock _gate = new();
    private readonly Dictionary<AgentName, (int Runs, int Placeholders)> _held = [];
    private int _runs;
    private int _left = MostPlaceholders;

    /// <summary>Counts a run; disposing what this returns says that it is over.</summary>
    /// <param name="agent">Whose it is.</param>
    /// <param name="placeholders">How many it has.</param>
    /// <exception cref="VaultException">There are too many; rate limited.</exception>
    public IDisposable Enter(AgentName agent, int placeholders)
    {
        lock (_gate)
        {
            var held = _held.GetValueOrDefault(agent);
            if (held.Runs >= MostOfAgent || held.Runs + 1 >= Most - _runs)
            {
                throw Errors.TooManyRuns(MostOfAgent, Most);
            }

            if (held.Placeholders + placeholders > _left - placeholders)
            {
                throw Errors.TooManyPlaceholders();
            }

            Change(agent, 1, placeholders);
        }

        return new Place(this, agent, placeholders);
    }

    private void Change(AgentName agent, int runs, int placeholders)
    {
        var held = _held.GetValueOrDefault(agent);
        (_runs, _left) = (_runs + runs, _left - placeholders);
        if (held.Runs + runs == 0)
        {
            _held.Remove(agent);
        }
        else
        {
            _held[agent] = (held.Runs + runs, held.Placeholders + placeholders);
        }
    }

    private sealed class Place(RunQuota quota, AgentName agent, int placeholders) : IDisposable
    {
        private bool _isOver;

        public void Dispose()
        {
            lock (quota._gate)
            {
                if (!_isOver)
                {
                    _isOver = true;
                    quota.Change(agent, -1, -placeholders);
                }
            }
        }
    }
}
