using Sanctum.Agents;
using Sanctum.Destinations;
using Sanctum.Operations;

namespace Sanctum.Egress;

/// <summary>One call's way out.</summary>
/// <param name="Door">What all calls share.</param>
/// <param name="Heavy">Runs what takes a processor for long.</param>
/// <param name="Agent">Who asks.</param>
/// <param name="IsCounted">Whether the permission for it is used up by it: an approval, or one of so many uses in an hour.</param>
/// <param name="Target">Where it goes, as it was decided on; null when that is malformed.</param>
/// <param name="Limits">What the policies that grant the call limit.</param>
/// <param name="MayRetrieve">Whether the agent may have the secret itself, so that it has no need to guess it.</param>
/// <param name="AnnounceAsync">Puts the decision on the record, with these details, before it has an effect outside of the vault.</param>
internal sealed record EgressCall(
    EgressDoor Door, HeavyWork Heavy, AgentName Agent, bool IsCounted, RequestTarget? Target, GrantedLimits Limits, Func<bool> MayRetrieve, Func<IReadOnlyDictionary<string, string>, Task> AnnounceAsync);
