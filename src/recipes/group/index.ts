export { GroupMember } from './group-member.js';
export type { GroupMemberOptions, GroupMembers } from './group-member.js';
export { Party } from './party.js';
export type { PartyMembership, PartyOptions } from './party-membership.js';
export { ShallowParty } from './shallow-party.js';
