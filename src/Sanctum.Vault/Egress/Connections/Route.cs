using Sanctum.Agents;
using Sanctum.Credentials;
using Sanctum.Destinations;

namespace Sanctum.Egress.Connections;

/// <summary>For whom and with what a connection is made, and where to. None is used for another.</summary>
/// <param name="Agent">Who asks.</param>
/// <param name="Credential">What is known of the credential: another object once anything about it has changed.</param>
/// <param name="Origin">Where it goes.</param>
/// <param name="IsException">Whether the operator allowed this exact origin, whatever its scheme and address are.</param>
internal sealed record Route(AgentName Agent, CredentialInfo Credential, Origin Origin, bool IsException)
{
    /// <summary>Whether it is for one request alone, which takes the connection over: a WebSocket, over HTTP/1.1.</summary>
    public bool IsForOne { get; init; }

    public bool Matches(Route other) =>
        !IsForOne && !other.IsForOne && ReferenceEquals(Credential, other.Credential) && Agent == other.Agent && Origin == other.Origin && IsException == other.IsException;
}
