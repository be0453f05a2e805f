"""What runs inside the wall: the plan API, the policy, replay. Imports nothing of the rest of agentflow."""
